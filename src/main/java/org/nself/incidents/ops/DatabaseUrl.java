package org.nself.incidents.ops;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL address as it is written in {@code DATABASE_URL}: libpq's URI ({@code
 * postgres://user:password@host:port/database?sslmode=…}, <a
 * href="https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-URIS">section
 * 32.1.1.2</a>) or JDBC's.
 *
 * @param jdbcUrl for the PostgreSQL JDBC driver; holds neither user nor password
 * @param user the login role; null leaves it to the driver
 * @param password its password; null for none
 */
public record DatabaseUrl(String jdbcUrl, @Nullable String user, @Nullable String password) {

  private static final Pattern LIBPQ =
      Pattern.compile(
          "postgres(?:ql)?://(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^/?#]*)(?:/(?<database>[^?#]*))?(?:\\?(?<query>[^#]*))?");

  private static final Pattern JDBC =
      Pattern.compile("jdbc:postgresql:(?<address>//[^?#]*|[^/?#]+)(?:\\?(?<query>[^#]*))?");

  private static final Pattern HOST =
      Pattern.compile("(?:\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)?(?::(?<port>\\d{1,5}))?");

  /**
   * libpq's names for what the JDBC driver calls otherwise. The rest is called the same, {@code
   * sslmode} foremost.
   */
  private static final Map<String, String> DRIVER_NAMES =
      Map.of("application_name", "ApplicationName", "connect_timeout", "connectTimeout");

  /**
   * @param variable the name to blame
   * @throws SettingsProblem for anything else than the two forms; its message never repeats the
   *     value, which may hold a password
   */
  public static DatabaseUrl parse(String variable, String value) {
    Matcher jdbc = JDBC.matcher(value);
    if (jdbc.matches()) {
      return jdbc(variable, group(jdbc, "address"), jdbc.group("query"));
    }
    Matcher libpq = LIBPQ.matcher(value);
    if (!libpq.matches()) {
      throw new SettingsProblem(
          variable,
          "must look like postgres://user:password@host:port/database?sslmode=require or"
              + " jdbc:postgresql://host:port/database; percent-encode special characters in the"
              + " password");
    }
    String hosts = group(libpq, "hosts");
    for (String host : hosts.split(",", -1)) {
      Matcher matcher = HOST.matcher(host);
      if (!matcher.matches()) {
        throw new SettingsProblem(variable, "has a malformed host or port");
      }
      @Nullable String port = matcher.group("port");
      if (port != null && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535)) {
        throw new SettingsProblem(variable, "has a port outside 1 to 65535");
      }
    }
    @Nullable String user = decoded(variable, libpq.group("user"));
    @Nullable String database = libpq.group("database");
    if (database == null || database.isEmpty()) {
      throw new SettingsProblem(variable, "names no database: add /database after the host");
    }
    String address = "//" + (hosts.isEmpty() ? "localhost" : hosts) + "/" + database;
    Map<String, String> query = query(variable, libpq.group("query"));
    return of(address, query, user, decoded(variable, libpq.group("password")));
  }

  private static DatabaseUrl jdbc(String variable, String address, @Nullable String query) {
    return of(address, query(variable, query), null, null);
  }

  private static DatabaseUrl of(
      String address, Map<String, String> query, @Nullable String user, @Nullable String password) {
    Map<String, String> rest = new LinkedHashMap<>(query);
    @Nullable String queryUser = rest.remove("user");
    @Nullable String queryPassword = rest.remove("password");
    String parameters =
        rest.entrySet().stream()
            .map(
                entry ->
                    DRIVER_NAMES.getOrDefault(entry.getKey(), entry.getKey())
                        + "="
                        + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    return new DatabaseUrl(
        "jdbc:postgresql:" + address + (parameters.isEmpty() ? "" : "?" + parameters),
        user == null || user.isEmpty() ? queryUser : user,
        password == null ? queryPassword : password);
  }

  private static Map<String, String> query(String variable, @Nullable String query) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (query == null || query.isEmpty()) {
      return parameters;
    }
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new SettingsProblem(variable, "has a parameter without a value after '?'");
      }
      String value = pair.substring(equals + 1);
      parameters.put(pair.substring(0, equals), percentDecoded(variable, value));
    }
    return parameters;
  }

  private static @Nullable String decoded(String variable, @Nullable String text) {
    return text == null ? null : percentDecoded(variable, text);
  }

  /** Percent-decoding alone: in a URI, unlike in a form, {@code +} is a plus. */
  private static String percentDecoded(String variable, String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new SettingsProblem(variable, "has a malformed percent-encoding");
    }
  }

  private static String group(Matcher matcher, String name) {
    @Nullable String value = matcher.group(name);
    return value == null ? "" : value;
  }

  /** Without the password. */
  @Override
  public String toString() {
    return jdbcUrl;
  }
}
