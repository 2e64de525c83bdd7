package org.nself.incidents.ops;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's last word on a request that reached no filter, as a problem instead of an HTML page.
 * Made by Tomcat, by name.
 */
public final class JsonErrorReportValve extends ErrorReportValve {

  @Override
  protected void report(Request request, Response response, @Nullable Throwable thrown) {
    int status = response.getStatus();
    if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
      return;
    }
    // What HTTP may ask for and this server does not do: a method, an encoding, a version.
    boolean ours = status >= 500 && status != 501 && status != 505;
    String code = ours ? "internal" : status == 404 ? "not_found" : "invalid";
    String detail =
        ours
            ? "Internal error"
            : "The request is not well-formed HTTP, or its path or a header is not accepted";
    try {
      response.setContentType("application/problem+json");
      response.setCharacterEncoding(StandardCharsets.UTF_8);
      Writer writer = response.getReporter();
      if (writer != null) {
        writer.write(
            """
            {"type":"urn:nself:problem:%s","title":"%s","status":%d,"detail":"%s","code":"%s","error":"%s"}\
            """
                .formatted(
                    code, ours ? "Internal error" : "Invalid", status, detail, code, detail));
        response.finishResponse();
      }
    } catch (IOException | IllegalStateException e) {
      container.getLogger().debug("Nobody to tell that the request failed", e);
    }
  }
}
