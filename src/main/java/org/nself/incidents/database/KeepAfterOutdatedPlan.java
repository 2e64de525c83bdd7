package org.nself.incidents.database;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Lets the pool keep a connection on which PostgreSQL refused an outdated plan: HikariCP takes that
 * error's code (0A000) for one of a broken connection.
 */
final class KeepAfterOutdatedPlan implements SQLExceptionOverride {

  @java.lang.Override
  public SQLExceptionOverride.Override adjudicate(SQLException e) {
    return SqlExceptionTranslator.isOutdatedPlan(e)
        ? SQLExceptionOverride.Override.DO_NOT_EVICT
        : SQLExceptionOverride.Override.CONTINUE_EVICT;
  }
}
