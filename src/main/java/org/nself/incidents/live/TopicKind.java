package org.nself.incidents.live;

import java.util.List;
import java.util.Map;

/**
 * A kind of list that can be followed: it only grows, and once an entry can be read none appears
 * before it any more. One instance each, compared by identity.
 *
 * @param <E> its entries
 */
public interface TopicKind<E> {

  /** Names the kind in hints; the same in all processes. */
  String name();

  /**
   * The entries after a place, in order. Must read as the account, under row-level security.
   *
   * @param id which list of the account
   * @param atMost fewer only where there are no more now
   */
  List<E> read(String account, String id, long after, int atMost);

  /**
   * How far these lists of an account go, cheaply and for all at once: for the sweep, which reads
   * those that go further than it knows. May be too high, never too low. An empty list may be left
   * out.
   */
  Map<String, Long> lastPositions(String account, List<String> ids);

  /** The place of an entry; rises along the list. */
  long position(E entry);

  /** The account and the list that the entry itself belongs to, as its row says. */
  Topic<E> topic(E entry, String id);

  /** About how many characters the entry holds, to bound what is buffered. */
  int weight(E entry);
}
