package org.nself.incidents.console;

import java.util.HashMap;
import java.util.Map;
import org.dataloader.DataLoaderRegistry;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.response.ResponseBudgets;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.graphql.ExecutionGraphQlResponse;
import org.springframework.graphql.ExecutionGraphQlService;
import org.springframework.graphql.support.DefaultExecutionGraphQlRequest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Executes operations of the GraphQL API within the process, as any caller. */
final class GraphQlClient {

  private final ExecutionGraphQlService service;
  private final ResponseBudgets budgets;
  private final JsonMapper mapper;

  GraphQlClient(ExecutionGraphQlService service, ResponseBudgets budgets, JsonMapper mapper) {
    this.service = service;
    this.budgets = budgets;
    this.mapper = mapper;
  }

  /**
   * The field {@code result} of an operation.
   *
   * @param variables null for none
   * @throws IllegalStateException where the operation is refused
   */
  JsonNode result(Caller caller, String document, Map<String, @Nullable Object> variables) {
    DefaultExecutionGraphQlRequest request =
        new DefaultExecutionGraphQlRequest(
            document, null, new HashMap<>(variables), null, "examples", null);
    @Nullable ExecutionGraphQlResponse response;
    try (ResponseSizeBudget budget = budgets.of(caller.account())) {
      request.configureExecutionInput(
          (input, builder) ->
              builder
                  .dataLoaderRegistry(new DataLoaderRegistry())
                  .graphQLContext(
                      Map.of(Caller.ATTRIBUTE, caller, ResponseSizeBudget.ATTRIBUTE, budget))
                  .build());
      response = service.execute(request).block();
    }
    if (response == null || !response.isValid() || !response.getErrors().isEmpty()) {
      throw new IllegalStateException(
          document + ": " + (response == null ? "no response" : response.getErrors()));
    }
    return mapper.valueToTree(response.getData()).path("result");
  }
}
