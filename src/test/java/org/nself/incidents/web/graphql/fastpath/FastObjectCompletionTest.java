package org.nself.incidents.web.graphql.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.execution.AsyncExecutionStrategy;
import graphql.execution.AsyncSerialExecutionStrategy;
import graphql.execution.SimpleDataFetcherExceptionHandler;
import graphql.execution.instrumentation.FieldFetchingInstrumentationContext;
import graphql.execution.instrumentation.InstrumentationState;
import graphql.execution.instrumentation.SimplePerformantInstrumentation;
import graphql.execution.instrumentation.parameters.InstrumentationFieldFetchParameters;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.GraphQLSchema;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.dataloader.DataLoaderFactory;
import org.dataloader.DataLoaderRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.web.graphql.Fetchers;

/** What is completed at once is what graphql-java makes of it, to the letter. */
class FastObjectCompletionTest {

  private static final String SCHEMA =
      """
      type Query { things: [Thing!]!  maybe: [Thing]  one: Thing  batched(id: Int): Thing }
      type Mutation { change: Thing! }
      enum Colour { RED GREEN }
      type Thing {
        name: String!  number: Int  colour: Colour  colours: [Colour!]!  words: [String]  matrix: [[Int!]!]
        inner: Thing  inners: [Thing!]  later: String  never: String!  failing: String  batch(id: Int): Thing
      }
      """;

  /** A thing of which anything may be wrong. */
  private record Thing(
      @Nullable Object name,
      @Nullable Object number,
      @Nullable Object colour,
      @Nullable Object colours,
      @Nullable Object words,
      @Nullable Object matrix,
      @Nullable Object inner,
      @Nullable Object inners) {

    static Thing right(String name, @Nullable Thing inner) {
      return new Thing(
          name,
          name.length(),
          "GREEN",
          List.of("RED", "GREEN"),
          Arrays.asList("a", null),
          List.of(List.of(1, 2), List.of()),
          inner,
          inner == null ? null : List.of(inner, inner));
    }
  }

  private final AtomicInteger batches = new AtomicInteger();
  private final AtomicInteger fetchedByGraphqlJava = new AtomicInteger();
  private List<@Nullable Object> things =
      new ArrayList<>(
          List.of(Thing.right("first", Thing.right("inner", null)), Thing.right("second", null)));
  private final GraphQL ours;
  private final GraphQL theirs;

  FastObjectCompletionTest() {
    SimpleDataFetcherExceptionHandler failures = new SimpleDataFetcherExceptionHandler();
    GraphQLSchema schema =
        new SchemaGenerator().makeExecutableSchema(new SchemaParser().parse(SCHEMA), wiring());
    this.ours =
        GraphQL.newGraphQL(schema)
            .queryExecutionStrategy(new FastQueryExecutionStrategy(failures))
            .mutationExecutionStrategy(new FastMutationExecutionStrategy(failures))
            .instrumentation(
                new SimplePerformantInstrumentation() {
                  @Override
                  public @Nullable FieldFetchingInstrumentationContext beginFieldFetching(
                      InstrumentationFieldFetchParameters parameters,
                      @Nullable InstrumentationState state) {
                    fetchedByGraphqlJava.incrementAndGet();
                    return null;
                  }
                })
            .build();
    this.theirs =
        GraphQL.newGraphQL(schema)
            .queryExecutionStrategy(new AsyncExecutionStrategy(failures))
            .mutationExecutionStrategy(new AsyncSerialExecutionStrategy(failures))
            .build();
  }

  private RuntimeWiring wiring() {
    return RuntimeWiring.newRuntimeWiring()
        .type(
            "Query",
            type ->
                type.dataFetcher("things", _ -> things)
                    .dataFetcher("maybe", _ -> things)
                    .dataFetcher("one", _ -> things.getFirst())
                    .dataFetcher("batched", environment -> batched(environment)))
        .type("Mutation", type -> type.dataFetcher("change", _ -> things.getFirst()))
        .type(
            "Thing",
            type ->
                type.dataFetcher("name", Fetchers.of(Thing.class, Thing::name))
                    .dataFetcher("number", Fetchers.of(Thing.class, Thing::number))
                    .dataFetcher("colour", Fetchers.of(Thing.class, Thing::colour))
                    .dataFetcher("colours", Fetchers.of(Thing.class, Thing::colours))
                    .dataFetcher("words", Fetchers.of(Thing.class, Thing::words))
                    .dataFetcher("matrix", Fetchers.of(Thing.class, Thing::matrix))
                    .dataFetcher("inner", Fetchers.of(Thing.class, Thing::inner))
                    .dataFetcher("inners", Fetchers.of(Thing.class, Thing::inners))
                    .dataFetcher("later", _ -> CompletableFuture.completedFuture("late"))
                    .dataFetcher("never", Fetchers.of(Thing.class, _ -> null))
                    .dataFetcher(
                        "failing",
                        Fetchers.of(
                            Thing.class,
                            _ -> {
                              throw new IllegalArgumentException("as always");
                            }))
                    .dataFetcher("batch", environment -> batched(environment)))
        .build();
  }

  private CompletableFuture<Object> batched(DataFetchingEnvironment environment) {
    return environment
        .getDataLoaderRegistry()
        .<Integer, Object>computeIfAbsent(
            "things",
            _ ->
                DataLoaderFactory.newDataLoader(
                    (List<Integer> keys) -> {
                      batches.incrementAndGet();
                      return CompletableFuture.completedFuture(
                          keys.stream().<Object>map(_ -> Thing.right("batched", null)).toList());
                    }))
        .load(Objects.requireNonNull(environment.<Integer>getArgument("id")));
  }

  private Map<String, Object> answer(GraphQL engine, String document, Map<String, Object> values) {
    ExecutionResult result =
        engine.execute(
            ExecutionInput.newExecutionInput(document)
                .variables(values)
                .dataLoaderRegistry(new DataLoaderRegistry())
                .build());
    return result.toSpecification();
  }

  private Map<String, Object> same(String document, Map<String, Object> values) {
    Map<String, Object> expected = answer(theirs, document, values);
    Map<String, Object> actual = answer(ours, document, values);
    // As text, for the order of the members.
    assertThat(actual.toString()).as(document).isEqualTo(expected.toString());
    assertThat(actual).isEqualTo(expected);
    return actual;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ things { name number colour colours words matrix } }",
        "{ things { name inner { name inner { name } } inners { number __typename } } __typename }",
        "{ a: things { b: name c: name number d: colours } one { inners { e: words } } }",
        "{ things { ...on Thing { name } ...Part } } fragment Part on Thing { number inner {"
            + " ...Inner } } fragment Inner on Thing { name }",
        "{ things { name inner { name } ...More } } fragment More on Thing { inner { number } }",
        "{ things { name later } one { name } }",
        "{ one { later inner { name colours } } maybe { name } }",
        "{ things { name } batched(id: 1) { name batch(id: 1) { name inner { name } } } }",
        "{ things { name batch(id: 1) { name } } one { inner { name batch(id: 1) { number } } } }",
        "mutation { change { name number inners { name } } again: change { later batch(id: 1) {"
            + " name } } }"
      })
  void whateverADocumentAsksOfWhatIsRight(String document) {
    assertThat(same(document, Map.of())).containsOnlyKeys("data");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void directivesAreFollowed(boolean value) {
    assertThat(
            same(
                "query ($v: Boolean!) { things { name @skip(if: $v) number @include(if: $v) inner {"
                    + " colour } ...P @include(if: $v) } } fragment P on Thing { words }",
                Map.of("v", value)))
        .containsOnlyKeys("data");
  }

  @Test
  void itIsDoneAtOnceWhereAllIsPlainAndOnlyThere() {
    answer(ours, "{ things { name inner { name } inners { number } } }", Map.of());
    assertThat(fetchedByGraphqlJava).as("fields of graphql-java").hasValue(1);
    answer(ours, "{ things { name later } }", Map.of());
    assertThat(fetchedByGraphqlJava).as("fields of graphql-java, two more for each").hasValue(6);
  }

  @Test
  void aConditionThatIsNullFailsOnlyWhereThereIsAnObject() {
    things = new ArrayList<>();
    same(
        "query ($s: Boolean = true) { things { name @skip(if: $s) } }",
        Collections.singletonMap("s", null));
  }

  @Test
  @Timeout(20)
  void loadersAreAskedOnceForAllWhereOtherObjectsArePlain() {
    answer(
        ours,
        "{ a: things { name } one { batch(id: 1) { name } } things { name batch(id: 1) { name } }"
            + " }",
        Map.of());
    assertThat(batches).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ things { name never } }",
        "{ maybe { name never } one { name } }",
        "{ maybe { name failing number } }",
        "{ things { inner { never } } }",
        "{ one { inners { failing } } }"
      })
  void whatFailsHasTheErrorsThatItHadBefore(String document) {
    assertThat(same(document, Map.of())).containsKey("errors");
  }

  @Test
  void valuesThatTheirTypesRefuseHaveTheErrorsThatTheyHadBefore() {
    things =
        new ArrayList<>(
            List.of(
                new Thing("x", "no number", null, List.of(), null, null, null, null),
                new Thing("x", 1, "BLUE", List.of(), null, null, null, null),
                new Thing("x", 1, null, List.of("BLUE"), null, null, null, null),
                new Thing("x", 1, null, Arrays.asList("RED", null), null, null, null, null),
                new Thing("x", 1, null, "no list", null, null, null, null),
                new Thing(
                    "x", 1, null, List.of(), null, List.of(Arrays.asList(1, null)), null, null),
                new Thing(null, 1, null, List.of(), null, null, null, null)));
    assertThat(same("{ maybe { name number colour colours matrix } }", Map.of()))
        .containsKey("errors");
    assertThat(same("{ maybe { number } }", Map.of())).containsKey("errors");
  }

  @Test
  void valuesInABoxAndThoseThatComeLaterAreWaitedFor() {
    things =
        new ArrayList<>(
            List.of(
                new Thing(
                    Optional.of("boxed"),
                    Optional.empty(),
                    CompletableFuture.completedFuture("RED"),
                    CompletableFuture.completedFuture(List.of("RED")),
                    new String[] {"an", "array"},
                    null,
                    Optional.of(Thing.right("inner", null)),
                    null)));
    assertThat(same("{ things { name number words inner { name } } }", Map.of()))
        .containsOnlyKeys("data");
    assertThat(same("{ things { name colour colours } }", Map.of())).containsOnlyKeys("data");
  }
}
