package org.nself.incidents.web;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Resolves handler parameters of a type by an attribute that a filter sets on the request. */
public final class RequestAttributeResolver
    implements HandlerMethodArgumentResolver, WebMvcConfigurer {

  private final Class<?> type;
  private final String attribute;

  public RequestAttributeResolver(Class<?> type, String attribute) {
    this.type = type;
    this.attribute = attribute;
  }

  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(this);
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType() == type;
  }

  @Override
  public Object resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer container,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory binderFactory) {
    return Objects.requireNonNull(
        request.getAttribute(attribute, RequestAttributes.SCOPE_REQUEST),
        () -> "No %s: the path of this handler is public".formatted(type.getSimpleName()));
  }
}
