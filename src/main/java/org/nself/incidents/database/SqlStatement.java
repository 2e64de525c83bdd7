package org.nself.incidents.database;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterUtils;
import org.springframework.jdbc.core.namedparam.ParsedSql;

/**
 * A statement with named parameters ({@code :title}), parsed once. Values may be strings, numbers,
 * UUIDs, instants, byte arrays, string arrays, and collections, which become arrays of texts. A
 * null needs a cast where PostgreSQL cannot infer its type.
 */
public final class SqlStatement {

  private final ParsedSql parsed;
  private final String positional;
  private final @Nullable String planCacheMode;
  private volatile @Nullable Script script;

  private SqlStatement(String text, @Nullable String planCacheMode) {
    this.planCacheMode = planCacheMode;
    this.parsed = NamedParameterUtils.parseSqlStatement(text);
    this.positional = NamedParameterUtils.substituteNamedParameters(parsed, null);
  }

  public static SqlStatement of(String text) {
    return new SqlStatement(text, null);
  }

  /**
   * A statement that PostgreSQL plans once for all values ({@code plan_cache_mode =
   * force_generic_plan}). For statements whose best plan does not depend on the values although
   * PostgreSQL estimates a custom plan as cheaper, such as for an array with one element where it
   * assumes ten, or for a null that disables a condition; planning then takes longer than
   * execution. Has no effect inside {@link TenantDatabase#transaction}.
   */
  public static SqlStatement withGenericPlan(String text) {
    return new SqlStatement(text, "force_generic_plan");
  }

  /**
   * A statement that PostgreSQL plans each time for the values ({@code plan_cache_mode =
   * force_custom_plan}). For statements that read many rows of a range of times: the plan for all
   * values assumes that it has one row in 200, looks cheaper for that, and reads each of thousands
   * of rows by itself. Has no effect inside {@link TenantDatabase#transaction}.
   */
  public static SqlStatement withCustomPlan(String text) {
    return new SqlStatement(text, "force_custom_plan");
  }

  /** The value of {@code plan_cache_mode}; null to let PostgreSQL decide. */
  @Nullable String planCacheMode() {
    return planCacheMode;
  }

  /**
   * The SQL with a question mark for each parameter, after the given SQL. Kept, because a statement
   * nearly always follows the same one, and the driver looks prepared statements up by the text.
   */
  String after(String prologue) {
    @Nullable Script last = script;
    if (last == null || !last.prologue().equals(prologue)) {
      last = new Script(prologue, prologue + positional);
      script = last;
    }
    return last.text();
  }

  private record Script(String prologue, String text) {}

  /** The values in the order of the question marks. */
  @Nullable Object[] arguments(Map<String, ? extends @Nullable Object> values) {
    return NamedParameterUtils.buildValueArray(parsed, new MapSqlParameterSource(values), null);
  }
}
