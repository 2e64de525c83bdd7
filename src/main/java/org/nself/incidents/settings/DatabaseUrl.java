package org.nself.incidents.settings;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The value of {@code DATABASE_URL}: libpq's URI ({@code
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
      Pattern.compile(
          "jdbc:postgresql:(?://(?<hosts>[^/?#]*)(?:/(?<database>[^?#]*))?|(?<local>[^/?#]+))(?:\\?(?<query>[^#]*))?");

  private static final Pattern HOST =
      Pattern.compile("(?<name>\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)?(?::(?<port>\\d{1,5}))?");

  /** Of a JDBC connection that does not belong to a pool; connecting fails after 3 s. */
  public Properties connectionProperties(String applicationName) {
    Properties properties = new Properties();
    if (user != null) {
      properties.setProperty("user", user);
    }
    if (password != null) {
      properties.setProperty("password", password);
    }
    properties.setProperty("ApplicationName", applicationName);
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("loginTimeout", "3");
    return properties;
  }

  /**
   * @param variable named in error messages
   * @throws ConfigurationException for anything else than the two forms; its message never repeats
   *     the value, which may contain a password
   */
  public static DatabaseUrl parse(String variable, String value) {
    Matcher jdbc = JDBC.matcher(value);
    Matcher libpq = LIBPQ.matcher(value);
    Matcher url = jdbc.matches() ? jdbc : libpq;
    if (!url.matches() || value.chars().anyMatch(Character::isISOControl)) {
      throw new ConfigurationException(
          variable,
          "must look like postgres://user:password@host:port/database?sslmode=require or"
              + " jdbc:postgresql://host:port/database; percent-encode special characters in the"
              + " password");
    }
    boolean local = url == jdbc && jdbc.group("local") != null;
    String hosts = local ? "localhost" : hosts(variable, group(url, "hosts"));
    String database = local ? group(jdbc, "local") : group(url, "database");
    if (database.isEmpty()) {
      throw new ConfigurationException(variable, "names no database: add /database after the host");
    }
    if (database.contains("/") || database.contains("@")) {
      throw new ConfigurationException(
          variable, "has a / or @ where it names the database; percent-encode it in the password");
    }
    DatabaseParameters parameters =
        DatabaseParameters.parse(variable, group(url, "query")).forHosts(hosts.split(",").length);
    @Nullable String user = url == libpq ? decoded(variable, libpq.group("user")) : null;
    @Nullable String password = url == libpq ? decoded(variable, libpq.group("password")) : null;
    return new DatabaseUrl(
        "jdbc:postgresql://" + hosts + "/" + database + parameters.query(),
        user == null || user.isEmpty() ? parameters.user() : user,
        password == null ? parameters.password() : password);
  }

  /** The URL of each of the hosts alone, in their order. */
  public List<DatabaseUrl> hosts() {
    int start = jdbcUrl.indexOf("//") + 2;
    int end = jdbcUrl.indexOf('/', start);
    String rest =
        jdbcUrl
            .substring(end)
            .replaceAll("targetServerType=[A-Za-z]+&?", "")
            .replaceAll("[?&]$", "");
    return Arrays.stream(jdbcUrl.substring(start, end).split(",", -1))
        .map(host -> new DatabaseUrl(jdbcUrl.substring(0, start) + host + rest, user, password))
        .toList();
  }

  /** Whether the parameter is in the URL, by the driver's name. */
  public boolean has(String parameter) {
    return jdbcUrl.contains("?" + parameter + "=") || jdbcUrl.contains("&" + parameter + "=");
  }

  /** Checks the hosts. One without a name is localhost, as in libpq. */
  private static String hosts(String variable, String hosts) {
    if (hosts.contains("@")) {
      throw new ConfigurationException(
          variable,
          "has an @ among its hosts; percent-encode it in the password, and in a JDBC URL write"
              + " ?user=…&password=…");
    }
    List<String> checked = new ArrayList<>();
    for (String host : hosts.split(",", -1)) {
      Matcher matcher = HOST.matcher(host);
      if (!matcher.matches()) {
        throw new ConfigurationException(variable, "has a malformed host or port");
      }
      @Nullable String port = matcher.group("port");
      if (port != null && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535)) {
        throw new ConfigurationException(variable, "has a port outside 1 to 65535");
      }
      checked.add(matcher.group("name") == null ? "localhost" + host : host);
    }
    return String.join(",", checked);
  }

  private static @Nullable String decoded(String variable, @Nullable String text) {
    return text == null ? null : percentDecoded(variable, text);
  }

  /** Percent-decoding alone: in a URI, unlike in a form, {@code +} is a plus. */
  public static String percentDecoded(String variable, String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(variable, "has a malformed percent-encoding");
    }
  }

  private static String group(Matcher matcher, String name) {
    @Nullable String value = matcher.group(name);
    return value == null ? "" : value;
  }

  /** Without password and parameters, which may contain secrets. */
  @Override
  public String toString() {
    return jdbcUrl.replaceFirst("\\?.*", "");
  }
}
