package org.nself.incidents.outbound;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of the body of a response, as text. A compressed body is decompressed only as far
 * as it is kept.
 */
record ResponseBody(String text, boolean truncated) {

  static final int MAX_BYTES = 64 * 1024;

  static final ResponseBody NONE = new ResponseBody("", false);

  private static final Pattern CHARSET =
      Pattern.compile("(?i);\\s*charset\\s*=\\s*\"?([^\\s\";]+)\"?");

  /**
   * @param encoding the header Content-Encoding, null for none
   * @param type the header Content-Type, null for none
   * @throws IOException if it ends early or cannot be decompressed
   */
  static ResponseBody read(InputStream stream, @Nullable String encoding, @Nullable String type)
      throws IOException {
    byte[] bytes;
    try {
      bytes = decompress(stream, encoding).readNBytes(MAX_BYTES + 1);
    } catch (EOFException e) {
      throw new IOException("it ends before the announced length", e);
    }
    boolean truncated = bytes.length > MAX_BYTES;
    String text = new String(bytes, 0, Math.min(bytes.length, MAX_BYTES), charset(type));
    if (truncated) {
      // The last character can be incomplete.
      text = text.replaceFirst("\ufffd$", "");
    }
    // RFC 8259 lets readers ignore a byte order mark.
    text = text.startsWith("\ufeff") ? text.substring(1) : text;
    return new ResponseBody(text.replace('\0', '\ufffd'), truncated);
  }

  private static InputStream decompress(InputStream stream, @Nullable String encoding)
      throws IOException {
    return switch (encoding == null ? "identity" : encoding.strip().toLowerCase(Locale.ROOT)) {
      case "", "identity" -> stream;
      case "gzip", "x-gzip" -> new GZIPInputStream(stream);
      default -> throw new IOException("its Content-Encoding is not gzip or identity");
    };
  }

  private static Charset charset(@Nullable String type) {
    Matcher matcher = CHARSET.matcher(type == null ? "" : type);
    if (matcher.find()) {
      try {
        return Charset.forName(matcher.group(1));
      } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
        return StandardCharsets.UTF_8;
      }
    }
    return StandardCharsets.UTF_8;
  }
}
