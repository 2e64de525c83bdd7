package org.nself.incidents.ops;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/**
 * Reports an error of a request that reached no filter as problem+json instead of Tomcat's HTML
 * page. Tomcat instantiates it by name.
 */
public final class JsonErrorReportValve extends ErrorReportValve {

  @Override
  protected void report(Request request, Response response, @Nullable Throwable thrown) {
    int status = response.getStatus();
    if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
      return;
    }
    // 501 and 505: the client used an unsupported method, encoding or version.
    boolean internal = status >= 500 && status != 501 && status != 505;
    String code = internal ? "internal" : status == 404 ? "not_found" : "invalid";
    String detail =
        switch (status) {
          case 414 -> "The URL is too long: the head of a request may have 32 KiB";
          case 431 -> "The headers are too long: the head of a request may have 32 KiB";
          default ->
              internal
                  ? "Internal error"
                  : "The request is not well-formed HTTP, or its path or a header is not accepted";
        };
    try {
      response.setHeader("X-Content-Type-Options", "nosniff");
      response.setHeader("Cache-Control", "no-store");
      response.setContentType("application/problem+json");
      response.setCharacterEncoding(StandardCharsets.UTF_8);
      Writer writer = response.getReporter();
      if (writer != null) {
        writer.write(
            """
            {"type":"urn:nself:problem:%s","title":"%s","status":%d,"detail":"%s","code":"%s","error":"%s"}\
            """
                .formatted(
                    code, internal ? "Internal error" : "Invalid", status, detail, code, detail));
        response.finishResponse();
      }
    } catch (IOException | IllegalStateException e) {
      container
          .getLogger()
          .debug("Reporting a failed request failed; the client has disconnected", e);
    }
  }
}
