package org.nself.incidents.web.error;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** Responds to errors outside of controllers, such as in filters, in the same format. */
@Controller
public final class FallbackErrorController implements ErrorController {

  private static final Logger log = LoggerFactory.getLogger(FallbackErrorController.class);

  private final ErrorResponseWriter writer;

  public FallbackErrorController(ErrorResponseWriter writer) {
    this.writer = writer;
  }

  @RequestMapping("${server.error.path:${error.path:/error}}")
  void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
    @Nullable Object thrown = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
    if (thrown instanceof ApiException exception) {
      writer.write(request, response, exception);
      return;
    }
    if (thrown instanceof IOException) {
      // The request ended early or is not valid HTTP.
      writer.write(request, response, ApiException.malformed("The request cannot be parsed"));
      return;
    }
    if (thrown instanceof Throwable fault) {
      log.error("The request failed", fault);
    }
    int status =
        request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code
            ? code
            : 404;
    writer.write(request, response, GlobalExceptionHandler.forStatus(status));
  }
}
