package org.nself.incidents.web.error;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
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
 * Converts exceptions of controllers to error responses. An exception of unknown type is a fault of
 * the service: it is logged, and the client gets no details.
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
    if (isClientDisconnected(thrown)) {
      log.debug("The client disconnected before the response was written", thrown);
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
    writer.write(request, response, toApiException(thrown));
  }

  /** Whether writing the response failed; often the cause of another exception. */
  private static boolean isClientDisconnected(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof AsyncRequestNotUsableException
          || cause instanceof ClientAbortException) {
        return true;
      }
    }
    return false;
  }

  static ApiException toApiException(Exception thrown) {
    return switch (thrown) {
      case ApiException exception -> exception;
      case HttpMessageNotReadableException unreadable -> unreadable(unreadable);
      case HttpMediaTypeNotSupportedException unsupported ->
          ApiException.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, unsupported(unsupported));
      case ErrorResponse answer -> forStatus(answer.getStatusCode().value());
      default -> {
        log.error("The request failed", thrown);
        yield ApiException.internal();
      }
    };
  }

  private static String unsupported(HttpMediaTypeNotSupportedException thrown) {
    String accepted = MediaType.toString(thrown.getSupportedMediaTypes());
    return thrown.getContentType() == null
        ? "Content-Type is missing; send " + accepted
        : "Content-Type %s is not supported; send %s"
            .formatted(ApiException.excerpt(thrown.getContentType().toString()), accepted);
  }

  private static ApiException unreadable(HttpMessageNotReadableException unreadable) {
    for (Throwable cause = unreadable.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof ApiException exception) {
        return exception;
      }
    }
    return ApiException.malformed("The body is empty or cannot be parsed; send a JSON object");
  }

  /** For requests that the web server or Spring reject with a status only. */
  static ApiException forStatus(int status) {
    return switch (status) {
      case 401 -> ApiException.unauthenticated("Credentials are missing or wrong");
      case 403 -> ApiException.forbidden("Not allowed");
      case 404 -> ApiException.of(ErrorCode.NOT_FOUND, "There is nothing at this path");
      case 405 -> ApiException.of(ErrorCode.METHOD_NOT_ALLOWED, "Method not allowed");
      case 406 ->
          ApiException.of(
              ErrorCode.NOT_ACCEPTABLE, "Not acceptable; only application/json is produced");
      case 413 -> ApiException.of(ErrorCode.TOO_LARGE, "The body exceeds 1 MiB");
      case 415 ->
          ApiException.of(
              ErrorCode.UNSUPPORTED_MEDIA_TYPE,
              "Content-Type is not supported; send application/json");
      case 503 -> ApiException.unavailable("The service is unavailable; try again");
      default ->
          status < 500 || status == 501 || status == 505
              ? ApiException.malformed("The request cannot be parsed")
              : ApiException.internal();
    };
  }
}
