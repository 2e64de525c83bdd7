package org.nself.incidents.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Forbids clients to guess the type of a response and to store it, since responses hold an
 * account's data. One with an {@code ETag} may be stored by the client itself, which must ask with
 * {@code If-None-Match} before it uses it again.
 */
final class ResponseHeadersFilter extends OncePerRequestFilter {

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cache-Control", "no-store");
    if (!request.getRequestURI().startsWith("/console/")) {
      response.setHeader("Vary", "Accept, Accept-Encoding");
    }
    boolean reads = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    chain.doFilter(request, reads ? new Revalidated(response) : response);
  }

  private static final class Revalidated extends HttpServletResponseWrapper {
    Revalidated(HttpServletResponse response) {
      super(response);
    }

    @Override
    public void setHeader(String name, String value) {
      super.setHeader(name, value);
      allowStoring(name);
    }

    @Override
    public void addHeader(String name, String value) {
      super.addHeader(name, value);
      allowStoring(name);
    }

    private void allowStoring(String name) {
      if (name.equalsIgnoreCase("ETag")) {
        super.setHeader("Cache-Control", "private, no-cache");
      }
    }
  }
}
