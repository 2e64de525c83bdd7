package org.nself.incidents.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.TestPostgres;
import org.postgresql.Driver;

class DatabaseUrlTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "postgres://h/d, jdbc:postgresql://h/d, -, -",
        "postgresql://h/d, jdbc:postgresql://h/d, -, -",
        "postgres://u@h/d, jdbc:postgresql://h/d, u, -",
        "postgres://u:p@h/d, jdbc:postgresql://h/d, u, p",
        "postgres://u:@h/d, jdbc:postgresql://h/d, u, ''",
        "postgres://u:p@h:5433/d, jdbc:postgresql://h:5433/d, u, p",
        "postgres://u:p%40%3A%2F%3F%23%25@h/d, jdbc:postgresql://h/d, u, 'p@:/?#%'",
        "postgres://u:a+b%20c@h/d, jdbc:postgresql://h/d, u, 'a+b c'",
        "postgres://u:a:b@h/d, jdbc:postgresql://h/d, u, a:b",
        "postgres://u%40x:p@h/d, jdbc:postgresql://h/d, u@x, p",
        "postgres://u:%C3%A9@h/d, jdbc:postgresql://h/d, u, é",
        "postgres://u:p@[::1]/d, jdbc:postgresql://[::1]/d, u, p",
        "postgres://u:p@[2001:db8::1]:5433/d, jdbc:postgresql://[2001:db8::1]:5433/d, u, p",
        "'postgres://u:p@a:1,b,[::1]:3/d',"
            + " 'jdbc:postgresql://a:1,b,[::1]:3/d?targetServerType=primary', u, p",
        "'postgres://a,b/d?target_session_attrs=any',"
            + " 'jdbc:postgresql://a,b/d?targetServerType=any', -, -",
        "'postgres://a,b/d?sslmode=require',"
            + " 'jdbc:postgresql://a,b/d?sslmode=require&targetServerType=primary', -, -",
        "postgres:///d, jdbc:postgresql://localhost/d, -, -",
        "postgres://:5433/d, jdbc:postgresql://localhost:5433/d, -, -",
        "postgres://u:p@/d, jdbc:postgresql://localhost/d, u, p",
        "postgres://my_db-1.example/d, jdbc:postgresql://my_db-1.example/d, -, -",
        "postgres://h/d%20e, jdbc:postgresql://h/d%20e, -, -",
        "postgres://h/d?sslmode=require, jdbc:postgresql://h/d?sslmode=require, -, -",
        "postgres://h/d?user=u&password=a%26b, jdbc:postgresql://h/d, u, a&b",
        "postgres://u:p@h/d?user=x&password=y, jdbc:postgresql://h/d, u, p",
        "postgres://h/d?application_name=a&connect_timeout=3,"
            + " jdbc:postgresql://h/d?ApplicationName=a&connectTimeout=3, -, -",
        "postgres://h/d?sslmode=verify-full&channel_binding=require,"
            + " jdbc:postgresql://h/d?sslmode=verify-full&channelBinding=require, -, -",
        "'postgres://a,b/d?target_session_attrs=read-write',"
            + " 'jdbc:postgresql://a,b/d?targetServerType=primary', -, -",
        "postgres://h/d?schema=public&sslmode=disable&pool_timeout=3,"
            + " jdbc:postgresql://h/d?sslmode=disable, -, -",
        "jdbc:postgresql://h/d?stringtype=unspecified&preferQueryMode=simple,"
            + " jdbc:postgresql://h/d, -, -",
        "postgres://h/d?options=-c%20search_path%3Da,"
            + " jdbc:postgresql://h/d?options=-c+search_path%3Da, -, -",
        "jdbc:postgresql://h:5433/d, jdbc:postgresql://h:5433/d, -, -",
        "jdbc:postgresql:d, jdbc:postgresql://localhost/d, -, -",
        "jdbc:postgresql://h/d?user=u&password=p&sslmode=require,"
            + " jdbc:postgresql://h/d?sslmode=require, u, p",
      })
  void libpqAndJdbcUrlsAreAccepted(
      String given, String jdbcUrl, @Nullable String user, @Nullable String password) {
    DatabaseUrl url = DatabaseUrl.parse("X", given);
    assertThat(url.jdbcUrl()).isEqualTo(jdbcUrl);
    assertThat(url.user()).isEqualTo(user);
    assertThat(url.password()).isEqualTo(password);
    assertThat(Driver.parseURL(jdbcUrl, new Properties()))
        .as("the driver's reading of it")
        .isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "'', must look like",
    "hunter2, must look like",
    "mysql://u:hunter2@h/d, must look like",
    "http://u:hunter2@h/d, must look like",
    "postgres:u:hunter2@h/d, must look like",
    "postgres://u:hunter2#@h/d, must look like",
    "'postgres://u:hunter2@h/d\nX=y', must look like",
    "postgres://u:hunter2@h, names no database",
    "postgres://u:hunter2@h/, names no database",
    "postgres://u:hunter2@h/?sslmode=require, names no database",
    "postgres://u:hunter2@x@h/d, percent-encode it",
    "postgres://u:hunter2/x@h/d, malformed host",
    "postgres://u:12345/hunter2@h/d, a / or @",
    "postgres://u:hunter2@h:/d, malformed host",
    "postgres://u:hunter2@h:x/d, malformed host",
    "postgres://u:hunter2@h:0/d, outside 1 to 65535",
    "postgres://u:hunter2@h:65536/d, outside 1 to 65535",
    "postgres://u:hunter2@[::1/d, malformed host",
    "postgres://u:hunter2@h h/d, malformed host",
    "postgres://u:hunter2@%2Fvar%2Frun/d, malformed host",
    "postgres://u:hunter2%@h/d, percent-encoding",
    "postgres://u:hunter2%zz@h/d, percent-encoding",
    "postgres://u:hunter2@h/d?sslmode, without a value",
    "postgres://u:hunter2@h/d?=x, without a value",
    "postgres://u:hunter2@h/d?sslmode=require&, without a value",
    "postgres://u:hunter2@h/d?sslmode=on, unknown sslmode",
    "postgres://u:hunter2@h/d?sslmode=, unknown sslmode",
    "postgres://u:hunter2@h/d?sslmod=require, unknown SSL parameter",
    "postgres://u:hunter2@h/d?SSLMODE=require, unknown SSL parameter",
    "postgres://u:hunter2@h/d?sslmode=require&sslmode=disable, twice",
    "postgres:///d?host=/var/run/postgresql, parameter host",
    "postgres://u:hunter2@h/d?port=5433, parameter port",
    "'postgres://a,b/d?target_session_attrs=standby', target_session_attrs",
    "jdbc:postgresql://u:hunter2@h/d, an @ among its hosts",
    "jdbc:postgresql://h:99999/d, outside 1 to 65535",
    "jdbc:postgresql://h, names no database",
    "jdbc:mysql://h/d?password=hunter2, must look like",
  })
  void anotherUrlIsRejectedInOneLineWithoutTheValue(String given, String hint) {
    assertThatThrownBy(() -> DatabaseUrl.parse("DATABASE_URL", given))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("DATABASE_URL ")
        .message()
        .doesNotContain("hunter2", "12345", "\n")
        .contains(hint);
  }

  @Test
  void toStringContainsNoSecret() {
    DatabaseUrl url =
        DatabaseUrl.parse("X", "postgres://u:hunter2@h/d?sslpassword=hunter3&sslmode=require");
    assertThat(url.toString()).isEqualTo("jdbc:postgresql://h/d");
    assertThat(url.jdbcUrl()).doesNotContain("hunter2");
  }

  @ExtendWith(RunningService.class)
  static class Connected {

    @Test
    void aPasswordOfEveryCharacterOpensTheDoor(TestPostgres postgres) throws SQLException {
      String password = "a b+c%d@e:f/g?h#i&j=k'l\"m\\né";
      String role = "role_" + Long.toHexString(System.nanoTime());
      String encoded =
          java.net.URLEncoder.encode(password, java.nio.charset.StandardCharsets.UTF_8)
              .replace("+", "%20");
      postgres.execute(
          "postgres",
          "create role %s login password '%s'".formatted(role, password.replace("'", "''")));
      String url =
          postgres.url("postgres").replaceFirst("//[^@]*@", "//" + role + ":" + encoded + "@");
      try (Connection connection = TestPostgres.connect(url)) {
        assertThat(connection.isValid(5)).isTrue();
      }
      String viaParameters =
          postgres.url("postgres").replaceFirst("//[^@]*@", "//")
              + "?user=%s&password=%s&sslmode=prefer".formatted(role, encoded);
      try (Connection connection = TestPostgres.connect(viaParameters)) {
        assertThat(connection.isValid(5)).isTrue();
      }
    }
  }

  @Test
  void eachOfSeveralHostsHasAUrlOfItsOwn() {
    assertThat(DatabaseUrl.parse("X", "postgres://u:p@a:1,b/d?sslmode=require").hosts())
        .extracting(DatabaseUrl::jdbcUrl)
        .containsExactly(
            "jdbc:postgresql://a:1/d?sslmode=require", "jdbc:postgresql://b/d?sslmode=require");
    assertThat(DatabaseUrl.parse("X", "postgres://a,b/d").hosts())
        .extracting(DatabaseUrl::jdbcUrl)
        .containsExactly("jdbc:postgresql://a/d", "jdbc:postgresql://b/d");
  }
}
