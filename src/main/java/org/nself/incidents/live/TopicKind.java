package org.nself.incidents.live;

import java.util.List;
import java.util.Map;

/**
 * A kind of topic, provided by a feature. Its lists only grow: once an entry can be read, none
 * appears before it any more. One instance each, compared by identity.
 *
 * @param <E> the type of its entries
 */
public interface TopicKind<E> {

  /** Names the kind in notifications; the same in all processes. */
  String name();

  /**
   * Entries in order.
   *
   * @param more whether there may be more now
   */
  record EntryBatch<E>(List<E> entries, boolean more) {}

  /**
   * Reads the entries after a position, in order. Must read as the account, under row-level
   * security, and must not read many more bytes than are wanted: the database counts them.
   *
   * @param id which list of the account
   * @param atMost how many entries
   * @param maxBytes of all entries; the first is returned however large it is
   */
  EntryBatch<E> read(String account, String id, long after, int atMost, int maxBytes);

  /**
   * Returns the last position of each of these lists of an account, by one cheap statement: polling
   * reads the lists whose last position it has not reached. May be too high, never too low. An
   * empty list may be left out.
   */
  Map<String, Long> lastPositions(String account, List<String> ids);

  /** The position of an entry; increases along the list. */
  long position(E entry);

  /**
   * Tells the entry from another one at the same position: after a failover that lost the last
   * writes, positions are given again. From 1; 0 where entries cannot be told apart.
   */
  long check(E entry);

  /**
   * Whether the list has this entry, so that a reader at its position has missed nothing.
   *
   * @param position from 1
   * @param check of the entry; 0 if the reader does not know
   */
  boolean contains(String account, String id, long position, long check);

  /** The account and list that the entry's own row names. */
  Topic<E> topic(E entry, String id);

  /** The approximate number of bytes of the entry as it is written, to bound buffers. */
  int weight(E entry);
}
