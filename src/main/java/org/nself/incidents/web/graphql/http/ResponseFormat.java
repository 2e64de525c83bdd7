package org.nself.incidents.web.graphql.http;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.util.InvalidMimeTypeException;

/**
 * The formats of GraphQL responses (<a href="https://graphql.github.io/graphql-over-http/">GraphQL
 * over HTTP</a>, and graphql-sse), in the order of preference where a client names several.
 */
public enum ResponseFormat {
  /** An error of the request has a status of its own. */
  GRAPHQL_RESPONSE("application/graphql-response+json"),

  /** The status is 200 also for errors of the request; for clients that say nothing else. */
  JSON("application/json"),

  /** Events, of which a query or a mutation has one. */
  EVENT_STREAM("text/event-stream");

  @SuppressWarnings("ImmutableEnumChecker") // MediaType is immutable, and only not annotated.
  private final MediaType type;

  ResponseFormat(String type) {
    this.type = MediaType.parseMediaType(type);
  }

  public String mediaType() {
    return type.toString();
  }

  /**
   * What a client accepts.
   *
   * @param one for an operation with one result
   * @param streams whether a subscription may have events
   */
  public record Accepted(ResponseFormat one, boolean streams) {}

  /**
   * Chooses by {@code Accept} (RFC 9110, 12.5.1): the highest quality, then the more specific
   * range. Parameters are ignored, except for {@code charset}, which must be UTF-8. Streams must be
   * asked for by name, because a client that accepts anything seldom expects one.
   *
   * @param accept the values of the header; none accepts everything
   * @throws ApiException {@code not_acceptable}
   */
  public static Accepted accepted(List<String> accept) {
    List<MediaType> ranges = parse(accept);
    Choice stream = choice(EVENT_STREAM, ranges);
    return List.of(GRAPHQL_RESPONSE, JSON, EVENT_STREAM).stream()
        .map(format -> choice(format, ranges))
        .filter(choice -> choice.quality() > 0)
        .min(
            Comparator.comparingDouble(Choice::quality)
                .thenComparing(choice -> choice.format() != EVENT_STREAM)
                .thenComparingInt(Choice::specificity)
                .reversed()
                .thenComparing(choice -> choice.specificity() < 2 && choice.format() != JSON)
                .thenComparing(Choice::format))
        .map(best -> new Accepted(best.format(), stream.quality() > 0 && stream.specificity() == 2))
        .orElseThrow(ResponseFormat::notAcceptable);
  }

  private static List<MediaType> parse(List<String> accept) {
    try {
      List<MediaType> ranges = MediaType.parseMediaTypes(accept);
      return ranges.isEmpty() ? List.of(MediaType.ALL) : ranges;
    } catch (InvalidMediaTypeException | InvalidMimeTypeException e) {
      throw notAcceptable();
    }
  }

  private static ApiException notAcceptable() {
    return ApiException.of(
        ErrorCode.NOT_ACCEPTABLE,
        "Not acceptable; accept application/graphql-response+json, application/json or"
            + " text/event-stream");
  }

  private record Choice(ResponseFormat format, double quality, int specificity) {}

  /** By the most specific range that includes the format; of quality 0 where none does. */
  private static Choice choice(ResponseFormat format, List<MediaType> ranges) {
    return ranges.stream()
        .filter(range -> range.includes(format.type) && isUtf8(range))
        .max(Comparator.comparingInt(ResponseFormat::specificity))
        .map(range -> new Choice(format, range.getQualityValue(), specificity(range)))
        .orElse(new Choice(format, 0, 0));
  }

  private static boolean isUtf8(MediaType range) {
    @Nullable String charset = range.getParameter("charset");
    return charset == null
        || charset.replace("\"", "").equalsIgnoreCase(StandardCharsets.UTF_8.name())
        || charset.equalsIgnoreCase("utf8");
  }

  private static int specificity(MediaType range) {
    return range.isWildcardType() ? 0 : range.isWildcardSubtype() ? 1 : 2;
  }
}
