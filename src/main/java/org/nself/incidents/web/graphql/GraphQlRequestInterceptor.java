package org.nself.incidents.web.graphql;

import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQLError;
import graphql.GraphqlErrorBuilder;
import graphql.language.Document;
import graphql.parser.Parser;
import graphql.parser.ParserEnvironment;
import graphql.parser.ParserOptions;
import graphql.validation.QueryComplexityLimits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.dataloader.DataLoaderRegistry;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.nself.incidents.web.error.FieldErrors;
import org.nself.incidents.web.error.GraphQlApiError;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.reactivestreams.Publisher;
import org.springframework.graphql.server.WebGraphQlInterceptor;
import org.springframework.graphql.server.WebGraphQlRequest;
import org.springframework.graphql.server.WebGraphQlResponse;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import reactor.core.publisher.Mono;

/**
 * Applies to every GraphQL request: limits for parsing, validation and the size of the response,
 * data loaders per request, and a code for the errors of graphql-java itself.
 */
public final class GraphQlRequestInterceptor implements WebGraphQlInterceptor {

  /** Hasura's introspection is 13 deep. */
  static final int MAX_DEPTH = 15;

  /** A remote join of Hasura asks for one aliased field a row: 200 rows of 20 fields fit. */
  static final int MAX_FIELDS = 5_000;

  private static final int MAX_MESSAGE = 500;

  private static final QueryComplexityLimits LIMITS =
      QueryComplexityLimits.newLimits().maxDepth(MAX_DEPTH).maxFieldsCount(MAX_FIELDS).build();

  private static final ParserOptions PARSER =
      ParserOptions.newParserOptions()
          .maxTokens(50_000)
          .maxWhitespaceTokens(200_000)
          .maxCharacters(1024 * 1024)
          .maxRuleDepth(200)
          .captureIgnoredChars(false)
          .captureLineComments(false)
          .build();

  /** Parses a document with the limits for requests. */
  static Document parse(String document) {
    return Parser.parse(
        ParserEnvironment.newParserEnvironment().document(document).parserOptions(PARSER).build());
  }

  /**
   * The request attribute that says whether a mutation is allowed, a Boolean; also its key in the
   * GraphQL context.
   */
  public static final String MUTATES = "nself.mutates";

  /** The key of the caller's account in the GraphQL context. */
  private static final String ACCOUNT_KEY = "nself.account";

  private final String callerAttribute;
  private final Function<Object, String> account;

  /**
   * @param callerAttribute the request attribute with the caller; also its name in the GraphQL
   *     context
   * @param account returns the account of a caller
   */
  public GraphQlRequestInterceptor(String callerAttribute, Function<Object, String> account) {
    this.callerAttribute = callerAttribute;
    this.account = account;
  }

  /** The account of the caller. */
  static String account(ExecutionInput input) {
    return input.getGraphQLContext().getOrDefault(ACCOUNT_KEY, "");
  }

  @Override
  public Mono<WebGraphQlResponse> intercept(WebGraphQlRequest request, Chain chain) {
    ResponseSizeBudget budget =
        (ResponseSizeBudget)
            Objects.requireNonNull(
                request.getAttributes().get(ResponseSizeBudget.ATTRIBUTE), "No response budget");
    // That of a request has waited before; that of a message has not.
    budget.awaitRoom();
    request.configureExecutionInput((input, builder) -> configure(request, budget, builder));
    return chain.next(request).map(response -> complete(withCodes(response), budget));
  }

  /** The results of a subscription are measured when there are some. */
  @SuppressWarnings("NullAway") // The builder's annotations do not say that data may be null.
  private static WebGraphQlResponse complete(
      WebGraphQlResponse response, ResponseSizeBudget budget) {
    ExecutionResult result = response.getExecutionResult();
    if (result.getData() instanceof Publisher<?>) {
      return response;
    }
    ExecutionResult completed = GraphQlResponseSize.complete(result, budget);
    budget.writing();
    if (completed.equals(result)) {
      return response;
    }
    recordCode(completed.getErrors());
    return response.transform(builder -> builder.data(null).errors(completed.getErrors()));
  }

  private ExecutionInput configure(
      WebGraphQlRequest request, ResponseSizeBudget budget, ExecutionInput.Builder builder) {
    Object caller = Objects.requireNonNull(request.getAttributes().get(callerAttribute));
    return builder
        // graphql-java translates some of its messages to German by Accept-Language, but not all.
        .locale(Locale.ENGLISH)
        .dataLoaderRegistry(new DataLoaderRegistry())
        .graphQLContext(
            Map.of(
                callerAttribute,
                caller,
                ACCOUNT_KEY,
                account.apply(caller),
                ResponseSizeBudget.ATTRIBUTE,
                budget,
                QueryComplexityLimits.KEY,
                LIMITS,
                ParserOptions.class,
                PARSER,
                MUTATES,
                request.getAttributes().getOrDefault(MUTATES, true)))
        .build();
  }

  private static WebGraphQlResponse withCodes(WebGraphQlResponse response) {
    List<GraphQLError> errors = response.getExecutionResult().getErrors();
    recordCode(errors);
    if (errors.size() <= FieldErrors.MAX
        && errors.stream().allMatch(GraphQlRequestInterceptor::hasCode)) {
      return response;
    }
    List<GraphQLError> coded = new ArrayList<>();
    for (GraphQLError error : errors.subList(0, Math.min(errors.size(), FieldErrors.MAX))) {
      coded.add(withCode(error));
    }
    int more = errors.size() - coded.size();
    if (more > 0) {
      coded.removeLast();
      coded.add(
          GraphQlApiError.of(
              ApiException.of(ErrorCode.INVALID, "and %d more errors".formatted(more + 1))));
    }
    return response.transform(builder -> builder.errors(coded));
  }

  /** For logs and metrics, which otherwise see only the HTTP status. */
  private static void recordCode(List<GraphQLError> errors) {
    @Nullable RequestAttributes request = RequestContextHolder.getRequestAttributes();
    if (request != null && !errors.isEmpty()) {
      request.setAttribute(
          ErrorResponseWriter.CODE_ATTRIBUTE,
          code(errors.getFirst()),
          RequestAttributes.SCOPE_REQUEST);
    }
  }

  private static String code(GraphQLError error) {
    @Nullable Map<String, Object> extensions = error.getExtensions();
    @Nullable Object code = extensions == null ? null : extensions.get("code");
    return code == null ? ErrorCode.INVALID.value() : code.toString();
  }

  /** graphql-java quotes invalid input at any length. */
  private static String truncate(GraphQLError error) {
    String message = error.getMessage();
    return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…";
  }

  private static boolean hasCode(GraphQLError error) {
    return error.getExtensions() != null && error.getExtensions().containsKey("code");
  }

  private static GraphQLError withCode(GraphQLError error) {
    if (hasCode(error)) {
      return error;
    }
    Map<String, Object> extensions = new LinkedHashMap<>();
    extensions.put("code", ErrorCode.INVALID.value());
    GraphqlErrorBuilder<?> coded =
        GraphqlErrorBuilder.newError().message("%s", truncate(error)).extensions(extensions);
    if (error.getErrorType() != null) {
      coded.errorType(error.getErrorType());
    }
    if (error.getLocations() != null) {
      coded.locations(error.getLocations());
    }
    if (error.getPath() != null) {
      coded.path(error.getPath());
    }
    return coded.build();
  }
}
