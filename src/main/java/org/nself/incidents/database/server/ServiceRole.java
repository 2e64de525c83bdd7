package org.nself.incidents.database.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nself.incidents.settings.ConfigurationException;

/**
 * The role that requests run as: its existence, the login role's membership in it, and its grants,
 * which are those of {@code db/grants.sql}. A restored database may lack all of them, because a
 * role belongs to the cluster and a dump may leave grants out.
 */
public final class ServiceRole {

  public static final String NAME = "nself_incident_mgmt";

  private static final String GRANTS_FILE = "/db/grants.sql";

  private static final Pattern GRANT =
      Pattern.compile(
          "grant (?<privileges>[a-z, ]+?)(?: \\((?<columns>[a-z_, ]+)\\))? on"
              + " (?:(?<kind>schema|function|sequence) )?(?<object>[^;]+) to "
              + NAME
              + ";");

  private static final List<Grant> GRANTS = read();

  /** Which of the grants are missing, by their index; the names are those of the file. */
  private static final String MISSING =
      IntStream.range(0, GRANTS.size())
          .mapToObj(i -> "(%d, %s)".formatted(i, GRANTS.get(i).test()))
          .collect(
              Collectors.joining(
                  ", ",
                  "select nth from (values ",
                  ") grants (nth, granted) where granted is not true order by nth"));

  /** From PostgreSQL 16 on, a member need not have the right to take the role. */
  private static final String MEMBER =
      "pg_has_role(current_user, '%s', case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end)"
          .formatted(NAME);

  private static final String STATUS =
      """
      select exists (select from pg_roles where rolname = '%1$s') as present,
        case when exists (select from pg_roles where rolname = '%1$s') then %2$s end as member,
        coalesce((select rolsuper or rolbypassrls from pg_roles where rolname = '%1$s'), false) as bypasses
      """
          .formatted(NAME, MEMBER);

  private static final String CREATE =
      "create role %s nologin nosuperuser nobypassrls nocreatedb nocreaterole".formatted(NAME);

  private ServiceRole() {}

  /** What may be wrong with the role, from the most basic on. */
  public enum Status {
    OK,
    MISSING,
    NOT_MEMBER,
    BYPASSES_ISOLATION
  }

  /** A statement of the file, and the expression that tests it. */
  private record Grant(String statement, String test) {}

  private static List<Grant> read() {
    try (InputStream file =
        Objects.requireNonNull(ServiceRole.class.getResourceAsStream(GRANTS_FILE))) {
      List<Grant> grants = new ArrayList<>();
      for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
        if (line.isBlank() || line.startsWith("--")) {
          continue;
        }
        Matcher grant = GRANT.matcher(line);
        if (!grant.matches()) {
          throw new IllegalStateException("Not a grant to " + NAME + ": " + line);
        }
        grants.add(new Grant(line, test(grant)));
      }
      return List.copyOf(grants);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Null or false without the privilege, and null without the object. */
  private static String test(Matcher grant) {
    String kind = grant.group("kind") == null ? "table" : grant.group("kind");
    String object = grant.group("object");
    String found =
        switch (kind) {
          case "schema" -> "to_regnamespace('%s')".formatted(object);
          case "function" -> "to_regprocedure('public.%s')".formatted(object);
          default -> "to_regclass('public.%s')".formatted(object);
        };
    List<String> tests = new ArrayList<>();
    for (String privilege : grant.group("privileges").split(", ", -1)) {
      if (grant.group("columns") == null) {
        tests.add("has_%s_privilege('%s', %s, '%s')".formatted(kind, NAME, found, privilege));
      } else {
        for (String column : grant.group("columns").split(", ", -1)) {
          tests.add(
              "has_column_privilege('%s', %s, '%s', '%s')"
                  .formatted(NAME, found, column, privilege));
        }
      }
    }
    return String.join(" and ", tests);
  }

  /** The state of the role and of the login role's membership. */
  public static Status status(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(STATUS)) {
      row.next();
      if (!row.getBoolean("present")) {
        return Status.MISSING;
      }
      if (!row.getBoolean("member")) {
        return Status.NOT_MEMBER;
      }
      return row.getBoolean("bypasses") ? Status.BYPASSES_ISOLATION : Status.OK;
    }
  }

  /** The statement, for an administrator, that mends a status. */
  public static String remedy(Status status, String login) {
    String membership = "grant %s to %s".formatted(NAME, quoted(login));
    return switch (status) {
      case OK -> "";
      case MISSING -> "create role %s nologin; %s;".formatted(NAME, membership);
      case NOT_MEMBER -> membership + ";";
      case BYPASSES_ISOLATION -> "alter role %s nosuperuser nobypassrls;".formatted(NAME);
    };
  }

  private static String quoted(String identifier) {
    return identifier.matches("[a-z_][a-z0-9_]*")
        ? identifier
        : '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** The grants that the role lacks, as statements for the owner of the tables. */
  public static List<String> missingGrants(Connection connection) throws SQLException {
    List<String> missing = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(MISSING)) {
      while (row.next()) {
        missing.add(GRANTS.get(row.getInt(1)).statement());
      }
    }
    return missing;
  }

  /**
   * Creates the role and makes the login role its member, where one of them is missing.
   *
   * @throws ConfigurationException if the login role may not
   */
  public static void ensure(Connection connection, String login) throws SQLException {
    Status status = status(connection);
    try (Statement statement = connection.createStatement()) {
      if (status == Status.MISSING) {
        statement.execute(CREATE);
        status = status(connection);
      }
      if (status == Status.NOT_MEMBER) {
        statement.execute("grant %s to current_user".formatted(NAME));
      }
    } catch (SQLException e) {
      // Another process may have done the same at the same moment.
      Status now = status(connection);
      if (now == Status.MISSING || now == Status.NOT_MEMBER) {
        throw new ConfigurationException(
            "DATABASE_URL",
            "names the user %s, which %s the role %s and may not change that; run as an administrator: %s"
                .formatted(
                    login,
                    now.name().toLowerCase(Locale.ROOT).equals("missing")
                        ? "needs"
                        : "is no member of",
                    NAME,
                    remedy(now, login)));
      }
    }
  }

  /**
   * Grants what is missing.
   *
   * @return the statements executed
   * @throws SQLException if the login role may not
   */
  public static List<String> grantMissing(Connection connection) throws SQLException {
    List<String> missing = missingGrants(connection);
    try (Statement statement = connection.createStatement()) {
      for (String grant : missing) {
        statement.execute(grant);
      }
    }
    return missing;
  }
}
