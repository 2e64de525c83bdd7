package org.nself.incidents.account;

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
public final class Sql {

  private final ParsedSql parsed;
  private final String positional;

  private Sql(String text) {
    this.parsed = NamedParameterUtils.parseSqlStatement(text);
    this.positional = NamedParameterUtils.substituteNamedParameters(parsed, null);
  }

  public static Sql of(String text) {
    return new Sql(text);
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
