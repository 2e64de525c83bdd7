package org.nself.incidents.web.graphql;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.RequestMapping;

/**
 * Responds to unsupported methods on {@code /graphql} with 405 and {@code Allow}, as other paths
 * do.
 */
@Controller
public final class GraphQlMethodGuard {

  private static final List<String> METHODS = List.of("POST", "OPTIONS");

  /** Requests that match none of Spring GraphQL's routes. */
  @RequestMapping("/graphql")
  void other(HttpServletRequest request, HttpServletResponse response)
      throws HttpRequestMethodNotSupportedException {
    if (!request.getMethod().equals("OPTIONS")) {
      throw new HttpRequestMethodNotSupportedException(request.getMethod(), METHODS);
    }
    response.setHeader("Allow", String.join(", ", METHODS));
  }
}
