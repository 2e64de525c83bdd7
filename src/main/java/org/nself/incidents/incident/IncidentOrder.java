package org.nself.incidents.incident;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.paging.Cursor;

/** Sort orders of incidents. Each ends with the id, so the order is total. */
public enum IncidentOrder {
  OPENED_AT_DESC("opened_at, id", ":%s_1::timestamptz, :%s_2::uuid", true) {
    @Override
    List<String> key(Incident incident) {
      return List.of(incident.openedAt().toString(), incident.id().toString());
    }
  },
  OPENED_AT_ASC("opened_at, id", ":%s_1::timestamptz, :%s_2::uuid", false) {
    @Override
    List<String> key(Incident incident) {
      return OPENED_AT_DESC.key(incident);
    }
  },
  UPDATED_AT_DESC("updated_at, id", ":%s_1::timestamptz, :%s_2::uuid", true) {
    @Override
    List<String> key(Incident incident) {
      return List.of(incident.updatedAt().toString(), incident.id().toString());
    }
  },
  /** The order in which a synchronization follows changes without missing any. */
  UPDATED_AT_ASC("updated_at, id", ":%s_1::timestamptz, :%s_2::uuid", false) {
    @Override
    List<String> key(Incident incident) {
      return UPDATED_AT_DESC.key(incident);
    }
  },
  SEVERITY_DESC(
      "severity_rank, opened_at, id", ":%s_1::smallint, :%s_2::timestamptz, :%s_3::uuid", true) {
    @Override
    List<String> key(Incident incident) {
      return List.of(
          String.valueOf(incident.severity().rank()),
          incident.openedAt().toString(),
          incident.id().toString());
    }
  };

  static final List<IncidentOrder> ALL = List.of(values());

  private final String columns;
  private final String parameters;
  private final boolean descending;

  IncidentOrder(String columns, String parameters, boolean descending) {
    this.columns = columns;
    this.parameters = parameters;
    this.descending = descending;
  }

  /** The order of this name, in any case; null if unknown. */
  static @Nullable IncidentOrder parse(String value) {
    String name = value.strip().toUpperCase(Locale.ROOT);
    for (IncidentOrder order : ALL) {
      if (order.name().equals(name)) {
        return order;
      }
    }
    return null;
  }

  /** The sort key of an incident in this order. */
  abstract List<String> key(Incident incident);

  /** The ORDER BY clause. */
  String orderBy(boolean reversed) {
    String direction = descending != reversed ? " desc" : " asc";
    return "order by " + columns.replace(",", direction + ",") + direction;
  }

  /**
   * The SQL condition for rows after a sort key in this order, or before it.
   *
   * @param name the prefix of the parameters {@code name_1}, {@code name_2} …
   */
  String keysetCondition(String name, boolean before) {
    return "(%s) %s (%s)"
        .formatted(columns, descending != before ? "<" : ">", parameters.replace("%s", name));
  }

  /** The types of the values of a key. */
  List<Cursor.Type> keyTypes() {
    return switch (this) {
      case OPENED_AT_DESC, OPENED_AT_ASC, UPDATED_AT_DESC, UPDATED_AT_ASC ->
          List.of(Cursor.Type.INSTANT, Cursor.Type.UUID);
      case SEVERITY_DESC -> List.of(Cursor.Type.SMALLINT, Cursor.Type.INSTANT, Cursor.Type.UUID);
    };
  }
}
