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
 * The query parameters of a {@link DatabaseUrl}.
 *
 * @param query for the driver, with the question mark; empty where there are none
 */
public record DatabaseParameters(String query, @Nullable String user, @Nullable String password) {

  /**
   * libpq's names of parameters that the JDBC driver names differently. The others, such as {@code
   * sslmode}, have the same name.
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

  /** libpq accepts these as parameters; the driver would ignore them. */
  private static final Set<String> MISPLACED =
      Set.of("host", "hostaddr", "port", "dbname", "service", "passfile");

  /**
   * Parameters that change how the driver sends a statement; ignored. Without the type of a value
   * the driver may end the transaction that sets role and account before the statement runs in it.
   */
  private static final Set<String> RESERVED = Set.of("stringtype", "preferQueryMode");

  /**
   * @throws ConfigurationException for an unknown parameter that would change the server or the
   *     security of the connection. Other unknown parameters are ignored: one URL often serves
   *     several programs
   */
  public static DatabaseParameters parse(String variable, String query) {
    Map<String, String> given = given(variable, query);
    Map<String, String> known = new LinkedHashMap<>();
    given.forEach(
        (name, value) -> {
          String driverName = DRIVER_NAMES.getOrDefault(name, name);
          if (MISPLACED.contains(name)) {
            throw new ConfigurationException(
                variable,
                "has the unsupported parameter %s; write //host:port/database".formatted(name));
          }
          if (name.equals("sslmode") && !SSL_MODES.contains(value)) {
            throw new ConfigurationException(
                variable,
                "has an unknown sslmode; allowed: "
                    + String.join(", ", SSL_MODES.stream().sorted().toList()));
          }
          if (PGProperty.forName(driverName) != null && !RESERVED.contains(driverName)) {
            known.put(driverName, value(variable, name, value));
          } else if (name.toLowerCase(Locale.ROOT).contains("ssl")) {
            throw new ConfigurationException(
                variable, "has an unknown SSL parameter; check its spelling");
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

  /**
   * With several hosts, the primary among them unless the URL says otherwise: the driver would take
   * the first that answers, which may be a standby.
   */
  DatabaseParameters forHosts(int hosts) {
    if (hosts == 1 || query.matches(".*[?&]targetServerType=.*")) {
      return this;
    }
    return new DatabaseParameters(
        (query.isEmpty() ? "?" : query + "&") + "targetServerType=primary", user, password);
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
