package org.nself.incidents.database;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterUtils;
import org.springframework.jdbc.core.namedparam.ParsedSql;

/**
 * A statement with named parameters ({@code :title}), parsed once. Its values may be texts,
 * numbers, UUIDs, instants, byte arrays and arrays of texts; not collections. A null wants a cast
 * beside it where PostgreSQL cannot tell its type.
 */
public final class SqlStatement {

  private final ParsedSql parsed;
  private final String positional;
  private final boolean genericPlan;

  private SqlStatement(String text, boolean onePlan) {
    this.genericPlan = onePlan;
    this.parsed = NamedParameterUtils.parseSqlStatement(text);
    this.positional = NamedParameterUtils.substituteNamedParameters(parsed, null);
  }

  public static SqlStatement of(String text) {
    return new SqlStatement(text, false);
  }

  /**
   * One whose best plan is the same for all values, where PostgreSQL would not see that: it plans
   * anew each time as long as a plan for the values at hand looks cheaper, as where it expects ten
   * elements of an array that has one, or where a null leaves a part of the statement out. It then
   * plans longer than it works. In a transaction of several statements this changes nothing.
   */
  public static SqlStatement withGenericPlan(String text) {
    return new SqlStatement(text, true);
  }

  boolean usesGenericPlan() {
    return genericPlan;
  }

  /** With a question mark for each parameter. */
  String positional() {
    return positional;
  }

  /** The values in the order of the question marks. */
  @Nullable Object[] arguments(Map<String, ? extends @Nullable Object> values) {
    return NamedParameterUtils.buildValueArray(parsed, new MapSqlParameterSource(values), null);
  }
}
