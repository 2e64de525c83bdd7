package org.nself.incidents.settings;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is expected of the database's server.
 *
 * @param minTimeline a primary on an older WAL timeline is refused
 * @param migrationTimeoutSeconds how long a statement of a migration may take, and how long to wait
 *     for another process that migrates
 * @param resumeWork whether runbooks go on in a database that was copied from another cluster
 */
public record ServerSettings(
    Pooler pooler, int minTimeline, int migrationTimeoutSeconds, boolean resumeWork) {

  public static final ServerSettings DEFAULT = new ServerSettings(Pooler.AUTO, 1, 3_600, false);

  private static final Setting<String> DATABASE_POOLER =
      Setting.oneOf(
          "DATABASE_POOLER",
          "auto",
          List.of("auto", "on", "off"),
          "whether `DATABASE_URL` leads to a pooler such as PgBouncer, which may be in transaction"
              + " mode; `auto` recognises one by the process ids that it gives");
  private static final Setting<Integer> DATABASE_MIN_TIMELINE =
      Setting.number(
          "DATABASE_MIN_TIMELINE",
          1,
          1,
          Integer.MAX_VALUE,
          "the WAL timeline of the primary since the last failover: a primary on an older one is"
              + " refused, such as the former one that was not stopped");
  private static final Setting<Integer> MIGRATION_TIMEOUT_SECONDS =
      Setting.number(
          "MIGRATION_TIMEOUT_SECONDS",
          3_600,
          60,
          604_800,
          "how long a statement of a migration may take, and how long an instance waits for another"
              + " that migrates");
  private static final Setting<String> RESUME_WORK =
      Setting.oneOf(
          "RESUME_WORK",
          "false",
          List.of("false", "true"),
          "`true` lets runbooks go on in a database that was restored into another cluster; without"
              + " it such a copy starts none of their steps. Needed for one start");

  /** In the order of the README. */
  static final List<Setting<?>> ALL =
      List.of(DATABASE_POOLER, DATABASE_MIN_TIMELINE, MIGRATION_TIMEOUT_SECONDS, RESUME_WORK);

  static ServerSettings read(Function<String, @Nullable String> environment) {
    return new ServerSettings(
        Pooler.parse(DATABASE_POOLER.read(environment)),
        DATABASE_MIN_TIMELINE.read(environment),
        MIGRATION_TIMEOUT_SECONDS.read(environment),
        RESUME_WORK.read(environment).equals("true"));
  }

  /** Whether the database is reached through a connection pooler. */
  public enum Pooler {
    /** Recognised by each connection. */
    AUTO,
    ON,
    OFF;

    static Pooler parse(String value) {
      return valueOf(value.toUpperCase(Locale.ROOT));
    }
  }
}
