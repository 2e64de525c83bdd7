package org.nself.incidents.console;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.language.Definition;
import graphql.language.Document;
import graphql.language.OperationDefinition;
import graphql.parser.Parser;
import graphql.schema.GraphQLSchema;
import graphql.validation.Validator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.springframework.graphql.execution.GraphQlSource;

/** Every GraphQL document of the console is valid in the schema that the service serves. */
@ExtendWith(RunningService.class)
class ConsoleDocumentsTest {

  private static final Path DOCUMENTS = Path.of("console/src/operations");

  private final GraphQLSchema schema;

  ConsoleDocumentsTest(Service service) {
    this.schema = service.context().getBean(GraphQlSource.class).schema();
  }

  @Test
  void theyAreValidInTheSchema() throws IOException {
    Document documents = documents();
    assertThat(documents.getDefinitionsOfType(OperationDefinition.class))
        .as("operations in %s", DOCUMENTS)
        .hasSizeGreaterThan(5)
        .allSatisfy(operation -> assertThat(operation.getName()).isNotNull());
    assertThat(new Validator().validateDocument(schema, documents, Locale.ENGLISH)).isEmpty();
  }

  @SuppressWarnings("rawtypes") // graphql-java's builder takes raw definitions
  private static Document documents() throws IOException {
    List<Definition> definitions = new ArrayList<>();
    try (Stream<Path> files = Files.list(DOCUMENTS)) {
      files
          .filter(file -> file.toString().endsWith(".graphql"))
          .sorted()
          .forEach(file -> definitions.addAll(Parser.parse(read(file)).getDefinitions()));
    }
    return Document.newDocument().definitions(definitions).build();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
