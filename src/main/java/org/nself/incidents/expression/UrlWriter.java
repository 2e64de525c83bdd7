package org.nself.incidents.expression;

import java.util.Locale;
import java.util.regex.Pattern;
import org.nself.incidents.expression.Template.Rendered;
import org.nself.incidents.expression.function.TextFunctions;

/**
 * Collects a rendered URL. Only the template determines the scheme, the host, the port and which
 * parts the URL has; values are percent-encoded, so that they stay in their part. The exception is
 * a value at the very beginning: a URL, or the beginning of one up to the path at least.
 */
final class UrlWriter extends TextWriter {

  private enum UrlPart {
    START,
    /** The scheme, the host and the port. */
    AUTHORITY,
    PATH,
    /** The query and the fragment. */
    QUERY
  }

  private static final Pattern ENCODED_PLACEHOLDER =
      Pattern.compile("%24%7Bsecret%28%22([A-Z0-9_]+)%22%29%7D");

  private UrlPart current = UrlPart.START;

  /** Whether a value of unknown text is at the beginning. */
  private boolean unknownStart;

  /** The slashes read while in the authority: the path begins after the third. */
  private int slashes;

  /** The current segment of the path, and whether a value is in it. */
  private final StringBuilder segment = new StringBuilder();

  private boolean segmentHasValue;

  @Override
  void literal(String literal) {
    if (current == UrlPart.AUTHORITY && slashes < 0) {
      // After a value without a path.
      if (!literal.startsWith("/") && !literal.startsWith("?") && !literal.startsWith("#")) {
        throw misplaced();
      }
    }
    scan(literal);
    super.literal(literal);
  }

  @Override
  void value(String value, String redactedValue) {
    switch (current) {
      case START -> {
        scan(value);
        if (current == UrlPart.AUTHORITY && !value.isEmpty()) {
          // What follows must not extend the host.
          slashes = -1;
        }
        super.value(value, redactedValue);
      }
      case AUTHORITY -> {
        if (!value.isEmpty()) {
          throw misplaced();
        }
      }
      case PATH -> {
        segment.append(value);
        segmentHasValue = true;
        super.value(TextFunctions.urlEncode(value), encodeRedacted(redactedValue));
      }
      case QUERY -> super.value(TextFunctions.urlEncode(value), encodeRedacted(redactedValue));
    }
  }

  @Override
  void unknown(String redactedValue) {
    if (current == UrlPart.START) {
      unknownStart = true;
      current = UrlPart.PATH;
      text.append(redactedValue);
      redacted.append(redactedValue);
    } else {
      value(redactedValue, redactedValue);
    }
  }

  private static ExpressionFailure misplaced() {
    return new ExpressionFailure(
        "a value cannot be a part of the scheme, the host or the port of a URL; let one expression"
            + " be the whole URL, or use values after the host only");
  }

  /** Follows the parts of the URL in text that is not encoded. */
  private void scan(String part) {
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (current == UrlPart.START) {
        current = UrlPart.AUTHORITY;
      }
      if (current == UrlPart.AUTHORITY) {
        scanAuthority(c);
      } else if (current == UrlPart.PATH) {
        if (c == '/') {
          endSegment();
        } else if (c == '?' || c == '#') {
          endSegment();
          current = UrlPart.QUERY;
        } else {
          segment.append(c);
        }
      }
    }
  }

  private void scanAuthority(char c) {
    if (c == '?' || c == '#') {
      current = UrlPart.QUERY;
    } else if (c == '/') {
      slashes = slashes < 0 ? 3 : slashes + 1;
      if (slashes == 3) {
        current = UrlPart.PATH;
      }
    }
  }

  private void endSegment() {
    if (segmentHasValue) {
      String decoded = segment.toString().toLowerCase(Locale.ROOT).replace("%2e", ".");
      if (decoded.equals(".") || decoded.equals("..")) {
        throw new ExpressionFailure(
            "a value makes a segment of the URL's path '%s', which servers resolve as a directory"
                .formatted(decoded));
      }
    }
    segment.setLength(0);
    segmentHasValue = false;
  }

  @Override
  Rendered finish() {
    if (current == UrlPart.PATH && !unknownStart) {
      endSegment();
    }
    return super.finish();
  }

  private static String encodeRedacted(String value) {
    return ENCODED_PLACEHOLDER
        .matcher(TextFunctions.urlEncode(value))
        .replaceAll("\\${secret(\"$1\")}");
  }
}
