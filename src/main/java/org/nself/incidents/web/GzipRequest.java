package org.nself.incidents.web;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.EOFException;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * A request whose body is decompressed while it is read, as if it had been sent so. Its length is
 * unknown, so memory is taken from the {@link InboundBudget} step by step, and a body that grows
 * beyond 1 MiB is refused there.
 */
final class GzipRequest extends HttpServletRequestWrapper implements AutoCloseable {

  private static final int BUFFER = 8 * 1024;

  /** What zlib takes to decompress, beside the buffer. */
  private static final int WINDOW = 48 * 1024;

  private final RequestSizeLimitFilter.Limited compressed;
  private @Nullable ServletInputStream body;
  private @Nullable Decompressed decompressed;

  GzipRequest(RequestSizeLimitFilter.Limited compressed) {
    super(compressed);
    this.compressed = compressed;
  }

  @Override
  public ServletInputStream getInputStream() throws IOException {
    if (body == null) {
      InboundBudget.@Nullable Share share =
          (InboundBudget.@Nullable Share) getAttribute(InboundBudget.SHARE_ATTRIBUTE);
      if (share != null) {
        share.take(BUFFER + WINDOW);
      }
      decompressed = new Decompressed(compressed.compressedStream());
      body = new RequestSizeLimitFilter.LimitedStream(decompressed, -1, null, share);
    }
    return body;
  }

  /** Frees the memory of zlib, which the garbage collector would do late. */
  @Override
  public void close() throws IOException {
    if (decompressed != null) {
      decompressed.close();
    }
  }

  @Override
  public int getContentLength() {
    return -1;
  }

  @Override
  public long getContentLengthLong() {
    return -1;
  }

  private static boolean isHidden(String header) {
    return header.equalsIgnoreCase("Content-Encoding") || header.equalsIgnoreCase("Content-Length");
  }

  @Override
  public @Nullable String getHeader(String name) {
    return isHidden(name) ? null : super.getHeader(name);
  }

  @Override
  public Enumeration<String> getHeaders(String name) {
    return isHidden(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
  }

  @Override
  public Enumeration<String> getHeaderNames() {
    List<String> names = Collections.list(super.getHeaderNames());
    names.removeIf(GzipRequest::isHidden);
    return Collections.enumeration(names);
  }

  private static final class Decompressed extends ServletInputStream {

    private final ServletInputStream source;
    private @Nullable GZIPInputStream gzip;
    private boolean finished;

    Decompressed(ServletInputStream source) {
      this.source = source;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int wanted) throws IOException {
      if (finished) {
        return -1;
      }
      try {
        if (gzip == null) {
          gzip = new GZIPInputStream(source, BUFFER);
        }
        int bytes = gzip.read(buffer, offset, wanted);
        if (bytes < 0) {
          finished = true;
          // So that the end of a chunked body is seen.
          source.skip(Long.MAX_VALUE);
        }
        return bytes;
      } catch (ZipException | EOFException e) {
        throw ApiException.malformed("The body is not valid gzip: " + e.getMessage());
      }
    }

    @Override
    public void close() throws IOException {
      if (gzip != null) {
        gzip.close();
      }
    }

    @Override
    public boolean isFinished() {
      return finished;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new UnsupportedOperationException("Bodies are read in the thread of the request");
    }
  }
}
