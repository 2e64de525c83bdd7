package org.nself.incidents.live;

import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.reactivestreams.Publisher;

/**
 * Subscriptions to topics: each entry once, in order, without a gap, from a cursor until the
 * connection closes. The feature checks that the caller may see the topic; that each entry belongs
 * to it is checked again on delivery.
 */
public final class LiveService {

  private final TopicRegistry registry;
  private final ChangeNotifier notifier;
  private final QuotaCounter quota;
  private final QuotaCounter complexities;
  private final DeliveryTurns turns;

  LiveService(
      TopicRegistry registry,
      ChangeNotifier notifier,
      QuotaCounter quota,
      QuotaCounter complexities,
      DeliveryTurns turns) {
    this.registry = registry;
    this.notifier = notifier;
    this.quota = quota;
    this.complexities = complexities;
    this.turns = turns;
  }

  /**
   * A position in a topic.
   *
   * @param after the position of the last entry that the client has
   * @param check of that entry, see {@link TopicKind#check}; 0 if it is not known
   */
  public record TopicPosition<E>(Topic<E> topic, long after, long check) {

    /**
     * The same position, if the topic has it.
     *
     * @throws ApiException {@code cursor_lost} if the client has entries that the topic does not
     *     have; {@code unavailable}
     */
    public TopicPosition<E> requireKnown() {
      if (after > 0 && !topic.kind().contains(topic.account(), topic.id(), after, check)) {
        throw ApiException.cursorLost();
      }
      return this;
    }
  }

  /** Says, in this process and to others, that a topic has grown; called after the commit. */
  public void hint(Topic<?> topic) {
    String key = topic.key();
    registry.hint(key);
    notifier.send(key);
  }

  /**
   * Delivers all entries after the position, until the result is closed.
   *
   * @throws ApiException {@code forbidden}
   */
  public <E> AutoCloseable subscribe(
      Caller caller, TopicPosition<E> from, TopicSubscriber<E> subscriber) {
    requireAccess(caller, from.topic());
    return registry.subscribe(from, subscriber);
  }

  /**
   * As {@link #subscribe}, within the account's quotas of subscriptions and of their complexity; if
   * one is exceeded, the publisher's subscriber gets the error.
   *
   * @param complexity what a result costs: about the number of its values
   * @param budget of the operation, for each result anew
   */
  public <E> Publisher<E> publisher(
      Caller caller, TopicPosition<E> from, int complexity, ResponseSizeBudget budget) {
    requireAccess(caller, from.topic());
    return new TopicPublisher<>(registry, quota, complexities, complexity, turns, from, budget);
  }

  private static void requireAccess(Caller caller, Topic<?> topic) {
    caller.requirePermission(Permission.READ);
    if (!topic.account().equals(caller.account())) {
      throw new IllegalArgumentException("The topic belongs to another account than the caller");
    }
  }
}
