package org.nself.incidents.timeline.anchor;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;

/** Reads the ends of timelines. */
final class AnchorStore {

  private static final String SELECT =
      """
      select incident_id, seq, hash, clock_timestamp() as time
      from np_incident_timeline_heads
      where source_account_id = :account and
      """;

  private static final SqlStatement PAGE =
      SqlStatement.of(SELECT + "incident_id > :after order by incident_id limit :limit");
  private static final SqlStatement OF_INCIDENTS =
      SqlStatement.of(SELECT + "incident_id = any(:incidents::uuid[]) order by incident_id");

  private final TenantDatabase database;

  AnchorStore(TenantDatabase database) {
    this.database = database;
  }

  /** The timelines of an account in the order of their incidents' ids. */
  List<TimelineAnchor> page(String account, UUID after, int limit) {
    return database.query(
        account,
        PAGE,
        Map.of("account", account, "after", after, "limit", limit),
        AnchorStore::anchor);
  }

  List<TimelineAnchor> ofIncidents(String account, Collection<UUID> incidents) {
    return database.query(
        account,
        OF_INCIDENTS,
        Map.of("account", account, "incidents", incidents),
        AnchorStore::anchor);
  }

  private static TimelineAnchor anchor(ResultSet row) throws SQLException {
    return new TimelineAnchor(
        row.getObject("incident_id", UUID.class),
        row.getInt("seq"),
        HexFormat.of().formatHex(row.getBytes("hash")),
        ResultSets.instant(row, "time"));
  }
}
