package org.nself.incidents.security;

import graphql.schema.DataFetcher;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.web.graphql.GraphQlInputs;
import org.nself.incidents.web.input.InputReader;

/** Makes data fetchers of mutations. */
public final class GraphQlMutations {

  private GraphQlMutations() {}

  /**
   * Executes a valid command.
   *
   * @param <C> the command
   * @param <R> its result
   */
  @FunctionalInterface
  public interface Handler<C, R> {

    /**
     * @param idempotencyKey null where the client sent none
     */
    R handle(Caller caller, C command, @Nullable String idempotencyKey);
  }

  /**
   * A fetcher that checks the permission before it reads the argument {@code input}, reports every
   * invalid field of the input together, and then executes the command.
   *
   * @param reader makes a command of the input
   */
  public static <C, R> DataFetcher<R> of(
      Permission permission, Function<InputReader, C> reader, Handler<C, R> handler) {
    return environment -> {
      Caller caller = GraphQlCaller.of(environment);
      caller.requirePermission(permission);
      InputReader input = GraphQlInputs.of(environment);
      C command = reader.apply(input);
      @Nullable String key = IdempotencyRequest.key(input);
      input.check();
      return handler.handle(caller, command, key);
    };
  }
}
