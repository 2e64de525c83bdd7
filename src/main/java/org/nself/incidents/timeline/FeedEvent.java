package org.nself.incidents.timeline;

/**
 * An event as subscriptions read it.
 *
 * @param account the account that its row belongs to
 * @param position its position among all events of the account: increases, with gaps
 */
public record FeedEvent(String account, long position, TimelineEvent event) {

  private static final int CHECK_DIGITS = 16;

  /** The first 63 bits of its hash, which tells it from any other event. */
  public long check() {
    return Long.parseUnsignedLong(event.hash().substring(0, CHECK_DIGITS), 16) & Long.MAX_VALUE;
  }
}
