package org.nself.incidents.expression.check;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelSelect;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.function.TextFunctions;
import org.nself.incidents.expression.limit.RegexSize;

/**
 * Finds what would never be true or always fail when an expression is evaluated: members that an
 * incident or a step does not have, values that a severity or a status never has, literals of
 * another type than the member that they are compared with, and literals that are no regular
 * expression, time, duration or time zone.
 */
public final class LiteralChecker extends ScopedVisitor {

  /** The members of an incident in REST, and its milestones. */
  static final Set<String> INCIDENT_MEMBERS =
      new TreeSet<>(
          Set.of(
              "id",
              "number",
              "kind",
              "title",
              "summary",
              "severity",
              "status",
              "owner",
              "opened_by",
              "labels",
              "services",
              "dedup_key",
              "occurrences",
              "merged_into",
              "version",
              "reopen_count",
              "opened_at",
              "acknowledged_at",
              "mitigated_at",
              "resolved_at",
              "closed_at",
              "updated_at",
              "available_transitions",
              "milestones"));

  /** The functions that select a member by its name. */
  public static final Set<String> INDEXING = Set.of("_[_]", "_[?_]", "_?._");

  private static final String MILESTONES = "milestones";

  private static final String TEXT = "text";
  private static final String NUMBER = "a number";
  private static final String LIST = "a list";
  private static final String MAP = "a map";

  /** The types of the members of an incident that are no text. */
  private static final Map<String, String> TYPES =
      Map.of(
          "number",
          NUMBER,
          "occurrences",
          NUMBER,
          "version",
          NUMBER,
          "reopen_count",
          NUMBER,
          "services",
          LIST,
          "available_transitions",
          LIST,
          "labels",
          MAP,
          MILESTONES,
          MAP);

  private static final Set<String> TEXT_METHODS =
      Set.of(
          "contains",
          "startsWith",
          "endsWith",
          "matches",
          "charAt",
          "indexOf",
          "lastIndexOf",
          "replace",
          "split",
          "substring",
          "lowerAscii",
          "upperAscii",
          "trim");

  private static final Set<String> MILESTONE_MEMBERS =
      new TreeSet<>(
          Set.of("started", "detected", "declared", "acknowledged", "mitigated", "resolved"));

  private static final Set<String> STEP_MEMBERS = new TreeSet<>(Set.of("status", "output"));

  private static final Map<String, List<String>> VALUES =
      Map.of(
          "kind",
          List.of("real", "drill"),
          "severity",
          List.of("critical", "high", "medium", "low", "info"),
          "status",
          List.of(
              "open", "acknowledged", "mitigating", "resolved", "closed", "cancelled", "merged"));

  private static final Set<String> ZONED =
      Set.of(
          "getFullYear",
          "getMonth",
          "getDate",
          "getDayOfMonth",
          "getDayOfWeek",
          "getDayOfYear",
          "getHours",
          "getMinutes",
          "getSeconds",
          "getMilliseconds");

  private static final java.util.regex.Pattern OFFSET =
      java.util.regex.Pattern.compile("[-+]?[0-9]{1,2}:[0-9]{2}");

  private final String incident;
  private final String steps;
  private @Nullable String error;

  private LiteralChecker(String incident, String steps) {
    this.incident = incident;
    this.steps = steps;
  }

  /**
   * Describes the first fault; null if there is none.
   *
   * @param incident the name of the variable that holds the incident
   * @param steps the name of the variable that holds the steps
   */
  public static @Nullable String findError(
      CelAbstractSyntaxTree tree, String incident, String steps) {
    LiteralChecker checker = new LiteralChecker(incident, steps);
    checker.visit(tree);
    return checker.error;
  }

  private void report(String fault) {
    error = error == null ? fault : error;
  }

  @Override
  protected void visit(CelExpr expression, CelSelect select) {
    checkMember(select.operand(), select.field());
    super.visit(expression, select);
  }

  @Override
  protected void visit(CelExpr expression, CelCall call) {
    List<CelExpr> args = call.args();
    switch (call.function()) {
      case "_[_]", "_[?_]", "_?._" -> {
        @Nullable String key = text(args.get(1));
        if (key != null) {
          checkMember(args.getFirst(), key);
        }
      }
      case "_==_", "_!=_" -> {
        checkValue(args.get(0), args.get(1));
        checkValue(args.get(1), args.get(0));
        checkType(args.get(0), args.get(1));
        checkType(args.get(1), args.get(0));
      }
      case "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_" -> {
        checkType(args.get(0), args.get(1));
        checkType(args.get(1), args.get(0));
      }
      case "@in" -> {
        if (args.get(1).getKind() == CelExpr.ExprKind.Kind.LIST) {
          args.get(1)
              .list()
              .elements()
              .forEach(
                  element -> {
                    checkValue(args.get(0), element);
                    checkType(args.get(0), element);
                  });
        }
        @Nullable String type = typeOfMember(args.get(1));
        if (TEXT.equals(type) || NUMBER.equals(type)) {
          report(
              "incident.%s is %s; in takes a list or a map".formatted(member(args.get(1)), type));
        }
      }
      case "matches" -> checkRegex(text(args.getLast()));
      case "duration" -> checkDuration(text(args.getFirst()));
      case "timestamp" -> checkTimestamp(text(args.getFirst()));
      default -> {
        if (ZONED.contains(call.function()) && call.target().isPresent() && !args.isEmpty()) {
          checkZone(text(args.getFirst()));
        }
      }
    }
    if (TEXT_METHODS.contains(call.function()) && call.target().isPresent()) {
      CelExpr target = call.target().get();
      @Nullable String type = typeOfMember(target);
      if (type != null && !type.equals(TEXT)) {
        report("incident.%s is %s; %s takes text".formatted(member(target), type, call.function()));
      }
    }
    super.visit(expression, call);
  }

  /** The type of a member of the incident; null if the expression is none, or an optional one. */
  private @Nullable String typeOfMember(CelExpr expression) {
    @Nullable CelExpr owner = owner(expression);
    @Nullable String member = member(expression);
    boolean optional =
        expression.getKind() == CelExpr.ExprKind.Kind.CALL
            && !expression.call().function().equals("_[_]");
    return owner == null
            || member == null
            || optional
            || !isVariable(owner, incident)
            || !INCIDENT_MEMBERS.contains(member)
        ? null
        : TYPES.getOrDefault(member, TEXT);
  }

  private void checkType(CelExpr of, CelExpr literal) {
    @Nullable String type = typeOfMember(of);
    @Nullable String other = typeOfLiteral(literal);
    if (type != null && other != null && !type.equals(other)) {
      report(
          "incident.%s is %s, and %s is not: they are never equal and cannot be compared or added"
              .formatted(member(of), type, shown(literal)));
    }
  }

  private static String shown(CelExpr literal) {
    return switch (literal.getKind()) {
      case LIST -> "the list";
      case MAP -> "the map";
      default ->
          switch (literal.constant().getKind()) {
            case STRING_VALUE -> "'" + literal.constant().stringValue() + "'";
            case INT64_VALUE -> String.valueOf(literal.constant().int64Value());
            case UINT64_VALUE -> literal.constant().uint64Value() + "u";
            case DOUBLE_VALUE -> String.valueOf(literal.constant().doubleValue());
            case BOOLEAN_VALUE -> String.valueOf(literal.constant().booleanValue());
            default -> "the other value";
          };
    };
  }

  /** Null if the expression is no literal, or null, which every optional member can be. */
  private static @Nullable String typeOfLiteral(CelExpr expression) {
    return switch (expression.getKind()) {
      case LIST -> LIST;
      case MAP -> MAP;
      case CONSTANT ->
          switch (expression.constant().getKind()) {
            case STRING_VALUE -> TEXT;
            case INT64_VALUE, UINT64_VALUE, DOUBLE_VALUE -> NUMBER;
            case BOOLEAN_VALUE -> "a boolean";
            case BYTES_VALUE -> "bytes";
            default -> null;
          };
      default -> null;
    };
  }

  private boolean isVariable(CelExpr expression, String name) {
    return expression.getKind() == CelExpr.ExprKind.Kind.IDENT
        && expression.ident().name().equals(name)
        && !isShadowed(name);
  }

  private void checkMember(CelExpr of, String member) {
    if (isVariable(of, incident) && !INCIDENT_MEMBERS.contains(member)) {
      reportUnknown("an incident", member, INCIDENT_MEMBERS);
    }
    @Nullable CelExpr owner = owner(of);
    if (owner != null
        && isVariable(owner, incident)
        && MILESTONES.equals(member(of))
        && !MILESTONE_MEMBERS.contains(member)) {
      reportUnknown("incident.milestones", member, MILESTONE_MEMBERS);
    }
    if (owner != null && isVariable(owner, steps) && !STEP_MEMBERS.contains(member)) {
      reportUnknown("a step", member, STEP_MEMBERS);
    }
  }

  private void reportUnknown(String what, String member, Set<String> members) {
    report("%s has no member '%s'; it has %s".formatted(what, member, String.join(", ", members)));
  }

  /** What a member is selected from; null if the expression selects none. */
  private static @Nullable CelExpr owner(CelExpr expression) {
    return switch (expression.getKind()) {
      case SELECT -> expression.select().operand();
      case CALL ->
          INDEXING.contains(expression.call().function())
              ? expression.call().args().getFirst()
              : null;
      default -> null;
    };
  }

  private static @Nullable String member(CelExpr expression) {
    return switch (expression.getKind()) {
      case SELECT -> expression.select().testOnly() ? null : expression.select().field();
      case CALL ->
          INDEXING.contains(expression.call().function())
              ? text(expression.call().args().get(1))
              : null;
      default -> null;
    };
  }

  private void checkValue(CelExpr of, CelExpr literal) {
    @Nullable String value = text(literal);
    @Nullable CelExpr owner = owner(of);
    @Nullable String member = member(of);
    if (value == null || owner == null || member == null || !isVariable(owner, incident)) {
      return;
    }
    @Nullable List<String> values = VALUES.get(member);
    if (values != null && !values.contains(value)) {
      report(
          "incident.%s is never '%s'; it is one of %s"
              .formatted(member, value, String.join(", ", values)));
    }
  }

  private void checkRegex(@Nullable String regex) {
    if (regex == null) {
      return;
    }
    if (RegexSize.isTooLarge(regex)) {
      report("the regular expression '%s' is too large when it is compiled".formatted(regex));
      return;
    }
    try {
      Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      report("the regular expression '%s' is not valid: %s".formatted(regex, e.getDescription()));
    }
  }

  private void checkDuration(@Nullable String duration) {
    if (duration == null) {
      return;
    }
    try {
      var _ = TextFunctions.duration(duration);
    } catch (IllegalArgumentException e) {
      report(String.valueOf(e.getMessage()));
    }
  }

  private void checkTimestamp(@Nullable String timestamp) {
    if (timestamp == null) {
      return;
    }
    try {
      OffsetDateTime.parse(timestamp);
    } catch (DateTimeException e) {
      report("'%s' is not a timestamp; write it as 2026-03-01T02:59:07Z".formatted(timestamp));
    }
  }

  private void checkZone(@Nullable String zone) {
    if (zone == null || OFFSET.matcher(zone).matches()) {
      return;
    }
    try {
      ZoneId.of(zone);
    } catch (DateTimeException e) {
      report("'%s' is not a time zone; write it as Europe/Berlin or +02:00".formatted(zone));
    }
  }
}
