package org.nself.incidents.incident.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.Severity;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.input.JacksonConfiguration;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import tools.jackson.databind.json.JsonMapper;

/** Compares IncidentJsonWriter with the serializer that Jackson makes of the record. */
class IncidentJsonWriterTest {

  private record Around(int before, @JsonUnwrapped Incident incident, List<Incident> after) {}

  private static JsonMapper.Builder format() {
    JsonMapper.Builder builder = JsonMapper.builder();
    new JacksonConfiguration().customize(builder);
    return builder;
  }

  private final JsonMapper record = format().build();
  private final JsonMapper ours = format().addModule(IncidentJsonWriter.module()).build();

  static List<Incident> incidents() {
    Instant time = Instant.parse("2026-03-01T02:59:07.123456Z");
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("team", "payments \"and\" 支払い");
    labels.put("", "\u0000\n\u2028🔥");
    return List.of(
        new Incident(
            new UUID(1, 2),
            7,
            "Title \\ \" \t ü",
            "Summary 🔥",
            Severity.CRITICAL,
            IncidentStatus.MITIGATING,
            "ana",
            "monitoring",
            labels,
            List.of("checkout", "ü"),
            "key",
            3,
            new UUID(3, 4),
            5,
            6,
            time,
            time.plusSeconds(1),
            time.plusSeconds(2),
            time.plusSeconds(3),
            time.plusSeconds(4),
            time.plusNanos(1_000)),
        new Incident(
            new UUID(-1, -2),
            Integer.MAX_VALUE,
            "x",
            null,
            Severity.INFO,
            IncidentStatus.CLOSED,
            null,
            null,
            Map.of(),
            List.of(),
            null,
            1,
            null,
            1,
            0,
            Instant.EPOCH,
            null,
            null,
            null,
            null,
            Instant.EPOCH));
  }

  @ParameterizedTest
  @MethodSource("incidents")
  void anIncidentIsSerializedByteByByteLikeItsRecord(Incident incident) {
    assertThat(
            new String(ours.writeValueAsBytes(incident), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo(
            new String(
                record.writeValueAsBytes(incident), java.nio.charset.StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @MethodSource("incidents")
  void unwrappedMembersAreWrittenBetweenOtherMembers(Incident incident) {
    Around around = new Around(1, incident, List.of(incident, incident));
    assertThat(ours.writeValueAsString(around)).isEqualTo(record.writeValueAsString(around));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theSystemPropertySwitchesIt(boolean fastpath) {
    try (var context = new AnnotationConfigApplicationContext()) {
      context
          .getEnvironment()
          .getPropertySources()
          .addFirst(
              new MapPropertySource(
                  "test", Map.of(Settings.FASTPATH_PROPERTY, String.valueOf(fastpath))));
      context.register(IncidentFastPathConfiguration.class);
      context.refresh();
      assertThat(context.getBeansOfType(JsonMapperBuilderCustomizer.class))
          .hasSize(fastpath ? 1 : 0);
    }
  }
}
