package org.nself.incidents.web.graphql.http;

import graphql.ErrorClassification;
import graphql.GraphQLError;
import graphql.GraphqlErrorBuilder;
import java.util.Map;

/** A request has the hash of a document that is not kept; the client sends its text then. */
public final class PersistedQueryNotFoundException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The message and the code by which Apollo's clients recognize it. */
  private static final String MESSAGE = "PersistedQueryNotFound";

  private static final String CODE = "PERSISTED_QUERY_NOT_FOUND";

  PersistedQueryNotFoundException() {
    super(MESSAGE, null, false, false);
  }

  public static GraphQLError error() {
    return GraphqlErrorBuilder.newError()
        .message(MESSAGE)
        .errorType(ErrorClassification.errorClassification(CODE))
        .extensions(Map.of("code", CODE))
        .build();
  }
}
