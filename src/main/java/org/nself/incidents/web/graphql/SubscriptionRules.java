package org.nself.incidents.web.graphql;

import graphql.language.Definition;
import graphql.language.Directive;
import graphql.language.DirectivesContainer;
import graphql.language.Document;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.FragmentSpread;
import graphql.language.InlineFragment;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import graphql.language.SelectionSet;
import graphql.parser.InvalidSyntaxException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rule of GraphQL (September 2025, section 5.2.4.1) that the root selection of a subscription
 * has no {@code @skip} and no {@code @include}. graphql-java fails on them with an internal error.
 */
final class SubscriptionRules {

  private static final Set<String> CONDITIONAL = Set.of("skip", "include");

  private SubscriptionRules() {}

  static boolean hasConditionalRoot(String text) {
    if (!text.contains("subscription") || !text.contains("@")) {
      return false;
    }
    Document document;
    try {
      document = GraphQlRequestInterceptor.parse(text);
    } catch (InvalidSyntaxException e) {
      // Reported where the document is parsed to be executed.
      return false;
    }
    for (Definition<?> definition : document.getDefinitions()) {
      if (definition instanceof OperationDefinition operation
          && operation.getOperation() == OperationDefinition.Operation.SUBSCRIPTION
          && isConditional(document, operation.getSelectionSet(), new HashSet<>())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isConditional(
      Document document, @Nullable SelectionSet selections, Set<String> seen) {
    if (selections == null) {
      return false;
    }
    for (Selection<?> selection : selections.getSelections()) {
      if (selection instanceof DirectivesContainer<?> container
          && container.getDirectives().stream()
              .map(Directive::getName)
              .anyMatch(CONDITIONAL::contains)) {
        return true;
      }
      boolean nested =
          switch (selection) {
            case Field _ -> false;
            case InlineFragment fragment ->
                isConditional(document, fragment.getSelectionSet(), seen);
            case FragmentSpread spread -> {
              @Nullable FragmentDefinition fragment =
                  document.getDefinitionsOfType(FragmentDefinition.class).stream()
                      .filter(definition -> definition.getName().equals(spread.getName()))
                      .findFirst()
                      .orElse(null);
              yield fragment != null
                  && seen.add(spread.getName())
                  && isConditional(document, fragment.getSelectionSet(), seen);
            }
            default -> false;
          };
      if (nested) {
        return true;
      }
    }
    return false;
  }
}
