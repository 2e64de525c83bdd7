package org.nself.incidents.web.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.ExecutionInput;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.parser.InvalidSyntaxException;
import graphql.parser.Parser;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nself.incidents.web.input.ProcessorPool;

class PreparsedDocumentCacheTest {

  private final PreparsedDocumentCache documents = new PreparsedDocumentCache(ProcessorPool.NONE);
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
      ask(withValue(i));
      ask("{ incidents { nodes { id } } }");
    }
    assertThat(read).filteredOn(text -> text.contains("incidents")).hasSizeLessThan(100);
    int before = read.size();
    for (int i = 0; i < 20_000; i++) {
      ask(withValue(i));
    }
    assertThat(read.size() - before)
        .as("of 20,000 documents, those read again: there is room for some 4,000 of them")
        .isBetween(15_000, 19_999);
  }

  /** Of some 130 characters. */
  private static String withValue(int value) {
    return "{ incident(id: \"" + value + "\") { id } }" + " ".repeat(100);
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
