package org.nself.incidents.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.springframework.web.filter.OncePerRequestFilter;

/** Rejects bodies over 1 MiB, with or without Content-Length, before they are held in memory. */
public final class RequestSizeLimitFilter extends OncePerRequestFilter {

  public static final int MAX_BYTES = 1024 * 1024;

  private final ErrorResponseWriter errorWriter;

  public RequestSizeLimitFilter(ErrorResponseWriter errorWriter) {
    this.errorWriter = errorWriter;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (request.getContentLengthLong() > MAX_BYTES) {
      // The body is not read, so the connection cannot be reused.
      response.setHeader("Connection", "close");
      errorWriter.write(request, response, tooLarge());
      return;
    }
    chain.doFilter(new Limited(request), response);
  }

  private static ApiException tooLarge() {
    return ApiException.of(ErrorCode.TOO_LARGE, "The body exceeds 1 MiB");
  }

  private static final class Limited extends HttpServletRequestWrapper {
    Limited(HttpServletRequest request) {
      super(request);
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      return new LimitedStream(super.getInputStream());
    }
  }

  private static final class LimitedStream extends ServletInputStream {
    private final ServletInputStream stream;
    private long read;

    LimitedStream(ServletInputStream stream) {
      this.stream = stream;
    }

    @Override
    public int read() throws IOException {
      int value = stream.read();
      count(value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int bytes = stream.read(buffer, offset, length);
      count(Math.max(bytes, 0));
      return bytes;
    }

    private void count(int bytes) {
      read += bytes;
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
