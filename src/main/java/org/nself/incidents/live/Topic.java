package org.nself.incidents.live;

/**
 * One list that can be followed.
 *
 * @param account whose it is
 * @param id which of the account's lists of this kind
 */
public record Topic<E>(TopicKind<E> kind, String account, String id) {

  /** The name under which hints about it travel: says nothing to who does not know the account. */
  String key() {
    return TopicKey.of(account, kind.name(), id);
  }
}
