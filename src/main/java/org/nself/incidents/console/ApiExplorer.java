package org.nself.incidents.console;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * Swagger UI for REST and GraphiQL for GraphQL, from their WebJars, without a request to another
 * host. Served where {@code API_EXPLORER} says so. They have no credentials of their own: people
 * enter a token, and in the try-out they get that of the console.
 */
final class ApiExplorer {

  private static final String WEBJARS = "classpath*:/META-INF/resources/webjars/";

  /** By the path after {@link ConsoleFilter#PATH}; a WebJar's path has its version in it. */
  private static final Map<String, String> FILES =
      Map.ofEntries(
          Map.entry("swagger-ui/", "classpath:/explorer/swagger-ui.html"),
          Map.entry("swagger-ui/start.js", "classpath:/explorer/swagger-ui.js"),
          Map.entry("swagger-ui/bundle.js", WEBJARS + "swagger-ui/*/swagger-ui-bundle.js"),
          Map.entry("swagger-ui/bundle.css", WEBJARS + "swagger-ui/*/swagger-ui.css"),
          Map.entry("graphiql/", "classpath:/explorer/graphiql.html"),
          Map.entry("graphiql/start.js", "classpath:/explorer/graphiql.js"),
          Map.entry("graphiql/start.css", "classpath:/explorer/graphiql.css"),
          Map.entry("graphiql/react.js", WEBJARS + "react/*/umd/react.production.min.js"),
          Map.entry(
              "graphiql/react-dom.js", WEBJARS + "react-dom/*/umd/react-dom.production.min.js"),
          Map.entry("graphiql/bundle.js", WEBJARS + "graphiql/*/graphiql.min.js"),
          Map.entry("graphiql/bundle.css", WEBJARS + "graphiql/*/graphiql.min.css"));

  /** Both insert style elements, which 'self' does not cover. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'"
          + " data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action"
          + " 'none'; frame-ancestors 'none'";

  private final boolean enabled;
  private final Map<String, StaticFile> loaded = new ConcurrentHashMap<>();

  ApiExplorer(boolean enabled) {
    this.enabled = enabled;
  }

  /**
   * Responds to a request for a file of the explorers; false where there is none.
   *
   * @param path after {@link ConsoleFilter#PATH}
   */
  boolean serve(String path, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (!enabled) {
      return false;
    }
    if (FILES.containsKey(path + "/")) {
      ConsoleFilter.route(request, ConsoleFilter.PATH + path);
      // Relative, because a proxy may serve it under a prefix.
      response.setStatus(HttpServletResponse.SC_MOVED_PERMANENTLY);
      response.setHeader("Location", path + "/");
      return true;
    }
    @Nullable String location = FILES.get(path);
    if (location == null) {
      return false;
    }
    StaticFile file = loaded.computeIfAbsent(path, name -> load(name, location));
    ConsoleFilter.route(request, ConsoleFilter.PATH + path);
    response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    ConsoleFilter.setPageHeaders(response);
    file.write(request, response, StaticFile.REVALIDATED);
    return true;
  }

  private static StaticFile load(String path, String location) {
    try {
      Resource[] found = new PathMatchingResourcePatternResolver().getResources(location);
      if (found.length != 1) {
        throw new IllegalStateException(
            "%s is %d times on the class path".formatted(location, found.length));
      }
      return StaticFile.of(
          path.endsWith("/") ? "index.html" : path, found[0].getContentAsByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
