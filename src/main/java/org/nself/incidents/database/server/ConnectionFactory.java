package org.nself.incidents.database.server;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.settings.ServerSettings;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * Opens connections to PostgreSQL and checks their server by a {@link ClusterGuard} before they are
 * used. Recognises a pooler: in transaction mode it gives each transaction another connection of
 * its own, so nothing may be left in the session.
 */
public final class ConnectionFactory {

  private static final Logger log = LoggerFactory.getLogger(ConnectionFactory.class);

  /** How often a statement is executed before the driver prepares it on the server. */
  private static final int PREPARE_THRESHOLD = 3;

  private final DatabaseUrl url;
  private final ServerSettings settings;
  private final ClusterGuard guard;
  private volatile boolean pooled;

  public ConnectionFactory(DatabaseUrl url, ServerSettings settings, ClusterGuard guard) {
    this.url = url;
    this.settings = settings;
    this.guard = guard;
    this.pooled = settings.pooler() == ServerSettings.Pooler.ON;
  }

  /** For a database without further settings. */
  public static ConnectionFactory of(DatabaseUrl url) {
    return new ConnectionFactory(url, ServerSettings.DEFAULT, new ClusterGuard(1));
  }

  /** To another URL of the same cluster. */
  public ConnectionFactory to(DatabaseUrl other) {
    return other.equals(url) ? this : new ConnectionFactory(other, settings, guard);
  }

  public DatabaseUrl url() {
    return url;
  }

  public ServerSettings settings() {
    return settings;
  }

  public ClusterGuard guard() {
    return guard;
  }

  /** Whether connections lead through a pooler, as far as is known. */
  public boolean isPooled() {
    return pooled;
  }

  /**
   * What a connection is for.
   *
   * @param applicationName identifies it in pg_stat_activity
   * @param socketTimeoutSeconds how long a read may take; 0 for any time
   * @param socketFactory the driver's; null for its default
   * @param sessionSetup executed once, unless a pooler would leave it to other programs; empty for
   *     none
   */
  public record Purpose(
      String applicationName,
      int socketTimeoutSeconds,
      @Nullable String socketFactory,
      String sessionSetup) {

    public Purpose(String applicationName, int socketTimeoutSeconds) {
      this(applicationName, socketTimeoutSeconds, null, "");
    }
  }

  /**
   * Opens a connection in autocommit mode. With several hosts, to one that the guard accepts.
   *
   * @throws SQLException also where the guard refuses the server
   */
  public Connection open(Purpose purpose) throws SQLException {
    Connection connection = connect(url, purpose);
    try {
      return prepare(connection, purpose);
    } catch (SQLException refused) {
      close(connection);
      List<DatabaseUrl> hosts = url.hosts();
      if (hosts.size() == 1) {
        throw refused;
      }
      return openAny(hosts, purpose, refused);
    }
  }

  private Connection openAny(List<DatabaseUrl> hosts, Purpose purpose, SQLException refused)
      throws SQLException {
    for (DatabaseUrl host : hosts) {
      @Nullable Connection connection = null;
      try {
        connection = connect(host, purpose);
        if (!ServerState.read(connection).standby()) {
          return prepare(connection, purpose);
        }
      } catch (SQLException e) {
        log.debug("{} cannot be used: {}", host, e.getMessage());
      }
      close(connection);
    }
    throw refused;
  }

  private Connection prepare(Connection connection, Purpose purpose) throws SQLException {
    ServerState state = ServerState.read(connection);
    guard.require(state);
    boolean behindPooler =
        switch (settings.pooler()) {
          case ON -> true;
          case OFF -> false;
          case AUTO -> state.pooled();
        };
    if (behindPooler) {
      pooled = true;
      return connection;
    }
    if (!url.has("prepareThreshold")) {
      connection.unwrap(PGConnection.class).setPrepareThreshold(PREPARE_THRESHOLD);
    }
    if (!purpose.sessionSetup().isEmpty()) {
      try (Statement setup = connection.createStatement()) {
        setup.execute(purpose.sessionSetup());
      }
    }
    return connection;
  }

  private static Connection connect(DatabaseUrl to, Purpose purpose) throws SQLException {
    Properties properties = to.connectionProperties(purpose.applicationName());
    properties.setProperty("socketTimeout", String.valueOf(purpose.socketTimeoutSeconds()));
    if (purpose.socketFactory() != null) {
      properties.setProperty("socketFactory", purpose.socketFactory());
    }
    properties.setProperty("tcpKeepAlive", "true");
    // A statement that is prepared on one connection of a pooler is unknown to the others.
    properties.setProperty("prepareThreshold", "0");
    // After a failover the driver must not remember for long which host was a standby.
    properties.setProperty("hostRecheckSeconds", "1");
    return DriverManager.getConnection(to.jdbcUrl(), properties);
  }

  /**
   * Asks each host of the URL, if there are several, and has the guard remember what it says.
   *
   * @return why each host that must not be used is refused
   */
  public List<String> observeHosts(Purpose purpose) {
    List<DatabaseUrl> hosts = url.hosts();
    if (hosts.size() == 1) {
      return List.of();
    }
    return hosts.parallelStream()
        .flatMap(
            host -> {
              try (Connection connection = connect(host, purpose)) {
                @Nullable String refusal = guard.observe(ServerState.read(connection));
                return Stream.ofNullable(refusal);
              } catch (SQLException e) {
                log.debug("{} does not answer: {}", host, e.getMessage());
                return Stream.<String>empty();
              }
            })
        .toList();
  }

  /** Each connection of it is opened. */
  public DataSource dataSource(Purpose purpose) {
    return new AbstractDataSource() {
      @Override
      public Connection getConnection() throws SQLException {
        return open(purpose);
      }

      @Override
      public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("The URL names the user");
      }

      // HikariCP sets it; the driver has its own.
      @Override
      public void setLoginTimeout(int seconds) {}

      // HikariCP waits so long at its end for a connection that is being made.
      @Override
      public int getLoginTimeout() {
        return 5;
      }
    };
  }

  private static void close(@Nullable Connection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        log.debug("Closing a connection that is not used failed: {}", e.getMessage());
      }
    }
  }
}
