package org.nself.incidents.console;

import java.util.Comparator;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.util.InvalidMimeTypeException;

/** Which of two representations a client prefers (RFC 9110, 12.5.1). */
final class AcceptHeader {

  private AcceptHeader() {}

  /**
   * Whether the client likes HTML better than JSON. Browsers do when they open a page; programs
   * that accept anything get JSON.
   *
   * @param values the {@code Accept} headers of a request
   */
  static boolean prefersHtml(List<String> values) {
    try {
      List<MediaType> accepted = MediaType.parseMediaTypes(values);
      return quality(accepted, MediaType.TEXT_HTML) > quality(accepted, MediaType.APPLICATION_JSON);
    } catch (InvalidMimeTypeException | org.springframework.http.InvalidMediaTypeException e) {
      return false;
    }
  }

  /** By the most specific range that includes the type; 0 where none does. */
  private static double quality(List<MediaType> accepted, MediaType type) {
    return accepted.stream()
        .filter(range -> range.includes(type))
        .max(Comparator.comparingInt(AcceptHeader::specificity))
        .map(MediaType::getQualityValue)
        .orElse(0.0);
  }

  private static int specificity(MediaType range) {
    return range.isWildcardType() ? 0 : range.isWildcardSubtype() ? 1 : 2;
  }
}
