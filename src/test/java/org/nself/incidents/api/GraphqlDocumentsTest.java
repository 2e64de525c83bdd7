package org.nself.incidents.api;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.ExecutionInput;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.parser.InvalidSyntaxException;
import graphql.parser.Parser;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphqlDocumentsTest {

  private final GraphqlDocuments documents = new GraphqlDocuments();
  private final List<String> read = new ArrayList<>();

  @Test
  void aDocumentIsReadOnce() {
    PreparsedDocumentEntry first = ask("{ incidents { nodes { id } } }");
    assertThat(ask("{ incidents { nodes { id } } }")).isSameAs(first);
    ask("{ incidents { nodes { id title } } }");
    assertThat(read).hasSize(2);
  }

  @Test
  void oneThatIsRefusedIsNotKept() {
    assertThat(ask("{ incidents").hasErrors()).isTrue();
    assertThat(ask("{ incidents").hasErrors()).isTrue();
    assertThat(read).hasSize(2);
  }

  @Test
  void aLongOneIsNotKept() {
    String text = "{" + " incidents".repeat(2_000) + " }";
    ask(text);
    ask(text);
    assertThat(read).hasSize(2);
  }

  @Test
  void documentsWithValuesWrittenIntoThemDoNotDriveOutOneThatIsUsed() {
    for (int i = 0; i < 20_000; i++) {
      ask("{ incident(id: \"" + i + "\") { id } }" + " ".repeat(100));
      ask("{ incidents { nodes { id } } }");
    }
    assertThat(read).filteredOn(text -> text.contains("incidents")).hasSizeLessThan(100);
    // Some 5,000 of them have room.
    ask("{ incident(id: \"0\") { id } }" + " ".repeat(100));
    assertThat(read).hasSizeGreaterThan(20_000);
  }

  private PreparsedDocumentEntry ask(String text) {
    return documents
        .getDocumentAsync(
            ExecutionInput.newExecutionInput(text).build(),
            input -> {
              read.add(input.getQuery());
              try {
                return new PreparsedDocumentEntry(Parser.parse(input.getQuery()));
              } catch (InvalidSyntaxException e) {
                return new PreparsedDocumentEntry(e.toInvalidSyntaxError());
              }
            })
        .join();
  }
}
