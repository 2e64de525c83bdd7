package org.nself.incidents.timeline;

/**
 * An event as subscriptions read it.
 *
 * @param account the account that its row belongs to
 * @param position its position among all events of the account: increases, with gaps
 */
public record FeedEvent(String account, long position, TimelineEvent event) {}
