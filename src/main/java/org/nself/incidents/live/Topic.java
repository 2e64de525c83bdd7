package org.nself.incidents.live;

/**
 * An append-only list that clients can subscribe to.
 *
 * @param account the account that owns it
 * @param id which of the account's lists of this kind
 */
public record Topic<E>(TopicKind<E> kind, String account, String id) {

  /**
   * Names the topic in notifications; reveals nothing to a reader who does not know the account.
   */
  String key() {
    return TopicKey.of(account, kind.name(), id);
  }
}
