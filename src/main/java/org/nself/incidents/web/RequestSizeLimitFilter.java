package org.nself.incidents.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.connection.ClientConnection;
import org.nself.incidents.web.connection.ConnectionTracker;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Rejects bodies over 1 MiB, with or without Content-Length, before they are held in memory. Takes
 * the memory of smaller ones from the {@link InboundBudget} when the first byte is read, and tells
 * the connection how far the body has arrived. Bodies with {@code Content-Encoding: gzip} are
 * decompressed while they are read, and both forms are limited.
 */
public final class RequestSizeLimitFilter extends OncePerRequestFilter {

  public static final int MAX_BYTES = 1024 * 1024;

  /** A body is held as bytes and as text. */
  private static final int COPIES = 2;

  /** Of a body without a length, taken before that much is read. */
  private static final int CHUNK = 16 * 1024;

  private final ErrorResponseWriter errorWriter;
  private final ConnectionTracker connections;

  public RequestSizeLimitFilter(ErrorResponseWriter errorWriter, ConnectionTracker connections) {
    this.errorWriter = errorWriter;
    this.connections = connections;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    @Nullable ClientConnection connection = connections.find(request);
    if (connection != null) {
      request.setAttribute(ClientConnection.ATTRIBUTE, connection);
      connections.requestBegan(connection, hasBody(request));
    }
    try {
      if (request.getContentLengthLong() > MAX_BYTES) {
        // The body is not read, so the connection cannot be reused.
        response.setHeader("Connection", "close");
        errorWriter.write(request, response, tooLarge());
      } else {
        serve(request, response, chain, connection);
      }
    } finally {
      if (connection != null && connections.requestEnded(connection)) {
        // Tomcat would send the response after the rest of the body.
        response.flushBuffer();
      }
    }
  }

  private void serve(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      @Nullable ClientConnection connection)
      throws ServletException, IOException {
    String coding =
        hasBody(request)
            ? String.join(",", Collections.list(request.getHeaders("Content-Encoding")))
                .strip()
                .toLowerCase(Locale.ROOT)
            : "";
    Limited limited = new Limited(request, connection);
    switch (coding) {
      case "", "identity" -> chain.doFilter(limited, response);
      case "gzip", "x-gzip" -> {
        try (GzipRequest decompressed = new GzipRequest(limited)) {
          chain.doFilter(decompressed, response);
        }
      }
      default -> {
        response.setHeader("Connection", "close");
        response.setHeader("Accept-Encoding", "gzip");
        errorWriter.write(
            request,
            response,
            ApiException.of(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                "Content-Encoding %s is not supported; send gzip, or leave the header out"
                    .formatted(ApiException.excerpt(coding))));
      }
    }
  }

  private static boolean hasBody(HttpServletRequest request) {
    return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
  }

  static ApiException tooLarge() {
    return ApiException.of(ErrorCode.TOO_LARGE, "The body exceeds 1 MiB");
  }

  static final class Limited extends HttpServletRequestWrapper {
    private final @Nullable ClientConnection connection;

    Limited(HttpServletRequest request, @Nullable ClientConnection connection) {
      super(request);
      this.connection = connection;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      return new LimitedStream(
          super.getInputStream(),
          getContentLengthLong(),
          connection,
          (InboundBudget.@Nullable Share) getAttribute(InboundBudget.SHARE_ATTRIBUTE));
    }

    /** The body as it arrives; nothing is taken from the budget. */
    ServletInputStream compressedStream() throws IOException {
      return new LimitedStream(super.getInputStream(), getContentLengthLong(), connection, null);
    }
  }

  static final class LimitedStream extends ServletInputStream {
    private final ServletInputStream stream;
    private final long length;
    private final @Nullable ClientConnection connection;
    private final InboundBudget.@Nullable Share share;
    private long taken;
    private long read;

    LimitedStream(
        ServletInputStream stream,
        long length,
        @Nullable ClientConnection connection,
        InboundBudget.@Nullable Share share) {
      this.stream = stream;
      this.length = length;
      this.connection = connection;
      this.share = share;
    }

    @Override
    public int read() throws IOException {
      take();
      int value = stream.read();
      count(value < 0 ? -1 : 1);
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int wanted) throws IOException {
      take();
      int bytes = stream.read(buffer, offset, wanted);
      count(bytes);
      return bytes;
    }

    /** Before more is read: all that was declared, or the next chunk. */
    private void take() {
      long more = length >= 0 ? length - taken : CHUNK;
      if (share != null && read >= taken && more > 0) {
        share.take(more * COPIES);
        taken += more;
      }
    }

    private void count(int bytes) {
      if (bytes > 0) {
        read += bytes;
      }
      if (connection != null) {
        if (bytes > 0) {
          connection.bodyArrived(bytes);
        }
        if (bytes < 0 || read == length) {
          connection.bodyEnded(System.nanoTime());
        }
      }
      if (read > MAX_BYTES) {
        throw tooLarge();
      }
    }

    @Override
    public boolean isFinished() {
      return stream.isFinished();
    }

    @Override
    public boolean isReady() {
      return stream.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      stream.setReadListener(listener);
    }
  }
}
