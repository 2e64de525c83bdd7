package org.nself.incidents.web;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.core.MethodParameter;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/**
 * Buffers bodies of up to 32 KiB, the size of most list pages, so that they have a {@code
 * Content-Length} and are sent in few writes: system calls were the largest part of a list request
 * in REST (bench/README.md). Larger bodies are sent while they are written, as with Tomcat's
 * default of 8 KiB. Does not apply to streams, which would hold the buffer while they are open; a
 * stream that reuses the processor of such a response does hold it, and Tomcat keeps at most 200
 * processors.
 */
@RestControllerAdvice
final class ResponseBufferAdvice implements ResponseBodyAdvice<Object> {

  private static final int BUFFER_SIZE = 32 * 1024;

  @Override
  public boolean supports(
      MethodParameter returned, Class<? extends HttpMessageConverter<?>> converter) {
    return true;
  }

  @Override
  public @Nullable Object beforeBodyWrite(
      @Nullable Object body,
      MethodParameter returned,
      MediaType type,
      Class<? extends HttpMessageConverter<?>> converter,
      ServerHttpRequest request,
      ServerHttpResponse response) {
    if (response instanceof ServletServerHttpResponse answer) {
      answer.getServletResponse().setBufferSize(BUFFER_SIZE);
    }
    if (request instanceof ServletServerHttpRequest servlet
        && servlet.getServletRequest().getAttribute(ResponseSizeBudget.ATTRIBUTE)
            instanceof ResponseSizeBudget budget) {
      budget.writing();
    }
    return body;
  }
}
