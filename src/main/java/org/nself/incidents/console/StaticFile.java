package org.nself.incidents.console;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.ETags;

/**
 * A file that everybody may read.
 *
 * @param hash of the bytes, in hexadecimal
 * @param gzip the bytes compressed; null where that saves nothing
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record StaticFile(String type, String hash, byte[] bytes, byte @Nullable [] gzip) {

  /** The name in the address changes with the content. */
  static final String IMMUTABLE = "public, max-age=31536000, immutable";

  /** May be kept, and is asked for again with its ETag. */
  static final String REVALIDATED = "no-cache";

  private static final int HASH_BYTES = 8;

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html;charset=utf-8",
          "js", "text/javascript;charset=utf-8",
          "css", "text/css;charset=utf-8",
          "json", "application/json",
          "svg", "image/svg+xml",
          "png", "image/png",
          "ico", "image/x-icon",
          "woff2", "font/woff2",
          "txt", "text/plain;charset=utf-8",
          "webmanifest", "application/manifest+json");

  /**
   * @param name its extension says the media type
   */
  static StaticFile of(String name, byte[] bytes) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return new StaticFile(
        TYPES.getOrDefault(extension, "application/octet-stream"),
        hash(bytes),
        bytes,
        compress(bytes));
  }

  private static String hash(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  private static byte @Nullable [] compress(byte[] bytes) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(bytes.length / 2 + 64);
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.size() < bytes.length ? compressed.toByteArray() : null;
  }

  /** Writes the response, or 304 where the client has the file. */
  void write(HttpServletRequest request, HttpServletResponse response, String cacheControl)
      throws IOException {
    byte[] body = bytes;
    String etag = hash;
    if (gzip != null) {
      response.addHeader("Vary", "Accept-Encoding");
      if (acceptsGzip(request.getHeader("Accept-Encoding"))) {
        response.setHeader("Content-Encoding", "gzip");
        body = gzip;
        etag = hash + ".gzip";
      }
    }
    response.setHeader("ETag", "\"" + etag + "\"");
    response.setHeader("Cache-Control", cacheControl);
    if (ETags.matchesIfNoneMatch(request, "\"" + etag + "\"")) {
      response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
      return;
    }
    response.setContentType(type);
    response.setContentLength(body.length);
    if (!request.getMethod().equals("HEAD")) {
      response.getOutputStream().write(body);
    }
  }

  private static boolean acceptsGzip(@Nullable String header) {
    return header != null
        && Arrays.stream(header.toLowerCase(Locale.ROOT).split(","))
            .map(coding -> coding.replaceAll("\\s", ""))
            .anyMatch(
                coding ->
                    coding.equals("gzip") || coding.matches("gzip;q=(?!0(?:\\.0{0,3})?$)[01].*"));
  }
}
