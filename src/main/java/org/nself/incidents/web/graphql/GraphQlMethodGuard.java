package org.nself.incidents.web.graphql;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.RequestMapping;

/** Says of {@code /graphql} what the other paths say of themselves: which methods it has. */
@Controller
public final class GraphQlMethodGuard {

  private static final List<String> METHODS = List.of("POST", "OPTIONS");

  /** What no route of GraphQL's own took. */
  @RequestMapping("/graphql")
  void other(HttpServletRequest request, HttpServletResponse response)
      throws HttpRequestMethodNotSupportedException {
    if (!request.getMethod().equals("OPTIONS")) {
      throw new HttpRequestMethodNotSupportedException(request.getMethod(), METHODS);
    }
    response.setHeader("Allow", String.join(", ", METHODS));
  }
}
