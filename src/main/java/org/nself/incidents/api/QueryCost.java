package org.nself.incidents.api;

import graphql.analysis.FieldComplexityEnvironment;
import graphql.analysis.MaxQueryComplexityInstrumentation;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a query may cost: about the number of values in its answer. A connection costs what it holds
 * times the size of its page, whether that is written down or comes in a variable.
 */
final class QueryCost {

  static final int MAX = 100_000;

  /** Reads every event of a timeline, a few hundred as a rule. */
  private static final int VERIFICATION = 500;

  /** Reads every incident of the account that matches, some thousands as a rule. */
  private static final int COUNT = 2_000;

  /** A root field is a statement of its own, however little it gives; nested ones are batched. */
  private static final int STATEMENT = 50;

  private QueryCost() {}

  static MaxQueryComplexityInstrumentation limit() {
    return new MaxQueryComplexityInstrumentation(MAX, QueryCost::of);
  }

  private static int of(FieldComplexityEnvironment field, int children) {
    if (field.getField().getName().equals("timelineVerification")) {
      return VERIFICATION;
    }
    @Nullable FieldComplexityEnvironment parent = field.getParentEnvironment();
    if (parent != null
        && field.getField().getName().equals("totalCount")
        && field.getParentType().getName().equals("IncidentConnection")) {
      // The list multiplies what is in it by the size of its page, but counts once.
      return COUNT / pageSize(parent.getArguments());
    }
    if (field.getFieldDefinition().getArgument("first") == null) {
      return 1 + children;
    }
    // Sizes beyond the limit are refused by name later; here they must not overflow.
    long own = parent == null ? STATEMENT : 1;
    return (int) Math.min(MAX + 1L, own + (long) children * pageSize(field.getArguments()));
  }

  private static int pageSize(Map<String, Object> arguments) {
    for (String name : new String[] {"first", "last"}) {
      if (arguments.get(name) instanceof Integer size) {
        return Math.clamp(size, 1, PageRequest.MAX_SIZE);
      }
    }
    return PageRequest.DEFAULT_SIZE;
  }
}
