package org.nself.incidents.incident.fastpath;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.web.input.Timestamps;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.util.NameTransformer;

/**
 * Serializes an incident as Jackson serializes the record, without reflection for each
 * member, which took a third of the time of a list.
 */
final class IncidentJsonWriter extends StdSerializer<Incident> {

  private static final SerializableString ID = new SerializedString("id");
  private static final SerializableString NUMBER = new SerializedString("number");
  private static final SerializableString TITLE = new SerializedString("title");
  private static final SerializableString SUMMARY = new SerializedString("summary");
  private static final SerializableString SEVERITY = new SerializedString("severity");
  private static final SerializableString STATUS = new SerializedString("status");
  private static final SerializableString OWNER = new SerializedString("owner");
  private static final SerializableString OPENED_BY = new SerializedString("opened_by");
  private static final SerializableString LABELS = new SerializedString("labels");
  private static final SerializableString SERVICES = new SerializedString("services");
  private static final SerializableString DEDUP_KEY = new SerializedString("dedup_key");
  private static final SerializableString OCCURRENCES = new SerializedString("occurrences");
  private static final SerializableString MERGED_INTO = new SerializedString("merged_into");
  private static final SerializableString VERSION = new SerializedString("version");
  private static final SerializableString REOPEN_COUNT = new SerializedString("reopen_count");
  private static final SerializableString OPENED_AT = new SerializedString("opened_at");
  private static final SerializableString ACKNOWLEDGED_AT = new SerializedString("acknowledged_at");
  private static final SerializableString MITIGATED_AT = new SerializedString("mitigated_at");
  private static final SerializableString RESOLVED_AT = new SerializedString("resolved_at");
  private static final SerializableString CLOSED_AT = new SerializedString("closed_at");
  private static final SerializableString UPDATED_AT = new SerializedString("updated_at");
  private static final SerializableString AVAILABLE_TRANSITIONS =
      new SerializedString("available_transitions");

  private final boolean unwrapped;

  private IncidentJsonWriter(boolean unwrapped) {
    super(Incident.class);
    this.unwrapped = unwrapped;
  }

  /** Replaces Jackson's serializer of the record. */
  static JacksonModule module() {
    return new SimpleModule("incident").addSerializer(new IncidentJsonWriter(false));
  }

  /** For {@code @JsonUnwrapped}: the members without braces; names are not transformed. */
  @Override
  public ValueSerializer<Incident> unwrappingSerializer(NameTransformer names) {
    return new IncidentJsonWriter(true);
  }

  @Override
  public boolean isUnwrappingSerializer() {
    return unwrapped;
  }

  @Override
  public void serialize(Incident incident, JsonGenerator json, SerializationContext context) {
    if (unwrapped) {
      members(incident, json);
    } else {
      json.writeStartObject(incident);
      members(incident, json);
      json.writeEndObject();
    }
  }

  private static void members(Incident incident, JsonGenerator json) {
    write(json, ID, incident.id());
    write(json, NUMBER, incident.number());
    write(json, TITLE, incident.title());
    write(json, SUMMARY, incident.summary());
    write(json, SEVERITY, incident.severity().value());
    write(json, STATUS, incident.status().value());
    write(json, OWNER, incident.owner());
    write(json, OPENED_BY, incident.openedBy());
    json.writeName(LABELS);
    json.writeStartObject();
    incident.labels().forEach(json::writeStringProperty);
    json.writeEndObject();
    json.writeName(SERVICES);
    json.writeStartArray();
    incident.services().forEach(json::writeString);
    json.writeEndArray();
    write(json, DEDUP_KEY, incident.dedupKey());
    write(json, OCCURRENCES, incident.occurrences());
    write(json, MERGED_INTO, incident.mergedInto());
    write(json, VERSION, incident.version());
    write(json, REOPEN_COUNT, incident.reopenCount());
    write(json, OPENED_AT, incident.openedAt());
    write(json, ACKNOWLEDGED_AT, incident.acknowledgedAt());
    write(json, MITIGATED_AT, incident.mitigatedAt());
    write(json, RESOLVED_AT, incident.resolvedAt());
    write(json, CLOSED_AT, incident.closedAt());
    write(json, UPDATED_AT, incident.updatedAt());
    json.writeName(AVAILABLE_TRANSITIONS);
    json.writeStartArray();
    incident.availableTransitions().forEach(status -> json.writeString(status.value()));
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, SerializableString name, @Nullable String value) {
    json.writeName(name);
    if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value);
    }
  }

  private static void write(JsonGenerator json, SerializableString name, int value) {
    json.writeName(name);
    json.writeNumber(value);
  }

  private static void write(JsonGenerator json, SerializableString name, @Nullable UUID value) {
    write(json, name, value == null ? null : value.toString());
  }

  private static void write(JsonGenerator json, SerializableString name, @Nullable Instant value) {
    write(json, name, value == null ? null : Timestamps.format(value));
  }
}
