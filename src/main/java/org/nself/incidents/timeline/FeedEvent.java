package org.nself.incidents.timeline;

/**
 * An event as those who follow read it.
 *
 * @param account the account that its row belongs to
 * @param position its place among all events of the account: rises, with gaps
 */
public record FeedEvent(String account, long position, TimelineEvent event) {}
