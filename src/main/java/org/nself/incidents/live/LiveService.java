package org.nself.incidents.live;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Function;
import org.nself.incidents.live.sse.SseConnectionFactory;
import org.nself.incidents.live.sse.SseFrame;
import org.nself.incidents.live.sse.SseSubscriber;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.reactivestreams.Publisher;

/**
 * Following topics: each entry once, in order, none missing, from a cursor to the end of the
 * connection. That the caller may see the topic is for whoever asks to find out; that an entry
 * belongs to it is checked again when it is told.
 */
public final class LiveService {

  private final TopicRegistry hub;
  private final ChangeNotifier hints;
  private final SseConnectionFactory streams;
  private final QuotaCounter subscriptions;

  LiveService(
      TopicRegistry hub,
      ChangeNotifier hints,
      SseConnectionFactory streams,
      QuotaCounter subscriptions) {
    this.hub = hub;
    this.hints = hints;
    this.streams = streams;
    this.subscriptions = subscriptions;
  }

  /** Says that a topic has grown and that this is committed, here and in other processes. */
  public void hint(Topic<?> topic) {
    String key = topic.key();
    hub.hint(key);
    hints.send(key);
  }

  /**
   * Answers a request with a stream of Server-Sent Events.
   *
   * @param greeting what stands first in the stream
   * @param frame writes an entry, as {@link SseFrame}
   * @throws ApiException {@code forbidden}, {@code rate_limited}, or {@code unavailable} while the
   *     process stops
   */
  public <E> void stream(
      HttpServletRequest request,
      HttpServletResponse response,
      Caller caller,
      TopicPosition<E> from,
      String greeting,
      Function<E, byte[]> frame)
      throws IOException {
    mayFollow(caller, from.topic());
    streams.open(
        request,
        response,
        caller,
        greeting,
        stream -> hub.subscribe(from.topic(), from.after(), new SseSubscriber<>(stream, frame)));
  }

  /**
   * A place in a topic.
   *
   * @param after the place of the last entry that the client has
   */
  public record TopicPosition<E>(Topic<E> topic, long after) {}

  /**
   * As {@link #stream}, for GraphQL. Where the account has too many subscriptions, it is the
   * subscriber that learns of it.
   */
  public <E> Publisher<E> publisher(Caller caller, TopicPosition<E> from) {
    mayFollow(caller, from.topic());
    return new TopicPublisher<>(hub, subscriptions, from.topic(), from.after());
  }

  private static void mayFollow(Caller caller, Topic<?> topic) {
    caller.requirePermission(Permission.READ);
    if (!topic.account().equals(caller.account())) {
      throw new IllegalArgumentException("A caller follows its own account only");
    }
  }
}
