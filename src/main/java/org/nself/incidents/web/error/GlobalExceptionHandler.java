package org.nself.incidents.web.error;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.apache.catalina.connector.ClientAbortException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;

/**
 * Turns what a handler threw into a problem response. What is no {@link ApiException} is a fault of
 * ours: logged whole, told as nothing.
 */
@RestControllerAdvice
public final class GlobalExceptionHandler {

  private static final Logger log = LoggerFactory.getLogger(GlobalExceptionHandler.class);

  private final ErrorResponseWriter writer;

  public GlobalExceptionHandler(ErrorResponseWriter writer) {
    this.writer = writer;
  }

  @ExceptionHandler
  void handle(Exception thrown, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (callerIsGone(thrown)) {
      log.debug("The caller went away before the answer was written", thrown);
      return;
    }
    if (thrown instanceof HttpRequestMethodNotSupportedException unsupported
        && unsupported.getSupportedHttpMethods() != null) {
      response.setHeader(
          "Allow",
          String.join(
              ", ",
              unsupported.getSupportedHttpMethods().stream()
                  .map(HttpMethod::name)
                  .sorted()
                  .toList()));
    }
    writer.write(request, response, problem(thrown));
  }

  /** What is thrown where an answer cannot be written, often inside of what the writer throws. */
  private static boolean callerIsGone(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof AsyncRequestNotUsableException
          || cause instanceof ClientAbortException) {
        return true;
      }
    }
    return false;
  }

  static ApiException problem(Exception thrown) {
    return switch (thrown) {
      case ApiException problem -> problem;
      case HttpMessageNotReadableException unreadable -> unreadable(unreadable);
      case HttpMediaTypeNotSupportedException unsupported ->
          ApiException.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, unsupported(unsupported));
      case HttpRequestMethodNotSupportedException unsupported ->
          ApiException.of(
              ErrorCode.METHOD_NOT_ALLOWED,
              "%s is not possible here"
                  .formatted(
                      ApiException.excerpt(unsupported.getMethod().toUpperCase(Locale.ROOT))));
      case ErrorResponse answer -> forStatus(answer.getStatusCode().value());
      default -> {
        log.error("The request failed", thrown);
        yield ApiException.of(
            ErrorCode.INTERNAL, "Internal error; the log of the service says more");
      }
    };
  }

  private static String unsupported(HttpMediaTypeNotSupportedException thrown) {
    String accepted = MediaType.toString(thrown.getSupportedMediaTypes());
    return thrown.getContentType() == null
        ? "The body has no Content-Type that can be read; send " + accepted
        : "The Content-Type %s is not read here; send %s"
            .formatted(ApiException.excerpt(thrown.getContentType().toString()), accepted);
  }

  private static ApiException unreadable(HttpMessageNotReadableException unreadable) {
    for (Throwable cause = unreadable.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof ApiException problem) {
        return problem;
      }
    }
    return ApiException.malformed("The body is empty or cannot be read; send a JSON object");
  }

  /** For what the web server or Spring refuse by status alone. */
  static ApiException forStatus(int status) {
    return switch (status) {
      case 401 -> ApiException.unauthenticated("Credentials are missing or wrong");
      case 403 -> ApiException.forbidden("This is not allowed");
      case 404 -> ApiException.of(ErrorCode.NOT_FOUND, "There is nothing at this path");
      case 405 -> ApiException.of(ErrorCode.METHOD_NOT_ALLOWED, "This method is not possible here");
      case 406 ->
          ApiException.of(
              ErrorCode.NOT_ACCEPTABLE,
              "What is accepted cannot be given here; accept application/json");
      case 413 -> ApiException.of(ErrorCode.TOO_LARGE, "The body has more than 1 MiB");
      case 415 ->
          ApiException.of(
              ErrorCode.UNSUPPORTED_MEDIA_TYPE,
              "The Content-Type is not read here; send application/json");
      case 503 -> ApiException.unavailable("The service is not available; try again");
      default ->
          status < 500 || status == 501 || status == 505
              ? ApiException.malformed("The request cannot be read")
              : ApiException.of(
                  ErrorCode.INTERNAL, "Internal error; the log of the service says more");
    };
  }
}
