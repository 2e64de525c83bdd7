package org.nself.incidents.settings;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * What stands behind the question mark of a {@link DatabaseUrl}.
 *
 * @param query for the driver, with the question mark; empty where there is nothing for it
 */
public record DatabaseParameters(String query, @Nullable String user, @Nullable String password) {

  /**
   * libpq's names for what the JDBC driver calls otherwise. The rest is called the same, {@code
   * sslmode} foremost.
   */
  private static final Map<String, String> DRIVER_NAMES =
      Map.of(
          "application_name", "ApplicationName",
          "connect_timeout", "connectTimeout",
          "channel_binding", "channelBinding",
          "gssencmode", "gssEncMode",
          "sslnegotiation", "sslNegotiation",
          "target_session_attrs", "targetServerType");

  private static final Set<String> SSL_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  /** libpq takes these here too, and the driver would pass over them. */
  private static final Set<String> MISPLACED =
      Set.of("host", "hostaddr", "port", "dbname", "service", "passfile");

  /**
   * What would change how the driver sends a statement; left out. Where it does not know the type
   * of a value it may end the transaction between the statement and the role and account that it is
   * to run with.
   */
  private static final Set<String> RESERVED = Set.of("stringtype", "preferQueryMode");

  /**
   * @throws ConfigurationException for what would change where or how safely to connect and is not
   *     understood. What else is not understood is left out: one URL often serves several programs
   */
  public static DatabaseParameters parse(String variable, String query) {
    Map<String, String> given = given(variable, query);
    Map<String, String> known = new LinkedHashMap<>();
    given.forEach(
        (name, value) -> {
          String driverName = DRIVER_NAMES.getOrDefault(name, name);
          if (MISPLACED.contains(name)) {
            throw new ConfigurationException(
                variable, "has the parameter %s; write //host:port/database".formatted(name));
          }
          if (name.equals("sslmode") && !SSL_MODES.contains(value)) {
            throw new ConfigurationException(
                variable,
                "has an unknown sslmode; known are "
                    + String.join(", ", SSL_MODES.stream().sorted().toList()));
          }
          if (PGProperty.forName(driverName) != null && !RESERVED.contains(driverName)) {
            known.put(driverName, value(variable, name, value));
          } else if (name.toLowerCase(Locale.ROOT).contains("ssl")) {
            throw new ConfigurationException(
                variable, "has a parameter about SSL that is not known; check its spelling");
          }
        });
    @Nullable String user = known.remove("user");
    @Nullable String password = known.remove("password");
    String rest =
        known.entrySet().stream()
            .map(
                entry ->
                    entry.getKey()
                        + "="
                        + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    return new DatabaseParameters(rest.isEmpty() ? "" : "?" + rest, user, password);
  }

  private static Map<String, String> given(String variable, String query) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (query.isEmpty()) {
      return parameters;
    }
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new ConfigurationException(variable, "has a parameter without a value after '?'");
      }
      String name = pair.substring(0, equals);
      String value = DatabaseUrl.percentDecoded(variable, pair.substring(equals + 1));
      if (parameters.put(name, value) != null) {
        throw new ConfigurationException(variable, "has a parameter twice after '?'");
      }
    }
    return parameters;
  }

  private static String value(String variable, String name, String value) {
    if (!name.equals("target_session_attrs")) {
      return value;
    }
    return switch (value) {
      case "any" -> "any";
      case "read-write", "primary" -> "primary";
      default ->
          throw new ConfigurationException(
              variable, "has a target_session_attrs other than any, read-write and primary");
    };
  }
}
