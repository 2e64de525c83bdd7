package org.nself.incidents.web;

import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/**
 * Lets a body of up to 32 KiB be held until it is complete, a page of most lists: it then has a
 * {@code Content-Length} and goes out in few writes; each is a call of the operating system, and
 * those were the largest part of a list in REST (bench/README.md). Larger ones are sent as they are
 * made, like those of Tomcat's 8 KiB. Not for streams, which would hold the buffer as long as they
 * last; one that takes over what such an answer has used does, and of those Tomcat keeps 200.
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
    return body;
  }
}
