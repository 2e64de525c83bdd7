package org.nself.incidents.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The examples of the try-out: 90 days of incidents of a shop, the same ones each time except for
 * their dates.
 */
final class DemoScript {

  private static final int FINISHED = 310;
  private static final int DAYS = 90;
  private static final long SEED = 3833;
  private static final String MONITORING = "alertmanager";

  /** Incidents begin when people deploy, and when nightly jobs run. */
  private static final int[] BY_HOUR = {
    2, 3, 6, 5, 2, 1, 1, 2, 4, 7, 9, 8, 5, 7, 9, 8, 7, 5, 4, 3, 3, 3, 2, 2
  };

  private final JsonNode script;
  private final Random random = new Random(SEED);

  DemoScript(JsonMapper mapper) {
    try {
      this.script =
          mapper.readTree(new ClassPathResource("demo/account.json").getContentAsByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The runbooks, as CreateRunbookInput. */
  List<JsonNode> runbooks() {
    return script.get("runbooks").valueStream().toList();
  }

  /** Incidents that are over, in the order in which they began. */
  List<DemoIncident> finished(Instant now) {
    List<Instant> beginnings = new ArrayList<>();
    while (beginnings.size() < FINISHED) {
      Instant at =
          now.minus(Duration.ofSeconds(random.nextLong(36_000, DAYS * 86_400L)))
              .truncatedTo(ChronoUnit.MILLIS);
      if (isLikely(at)) {
        beginnings.add(at);
      }
    }
    beginnings.sort(null);
    return beginnings.stream().map(at -> finished(at, now)).toList();
  }

  private boolean isLikely(Instant at) {
    ZonedDateTime time = at.atZone(ZoneOffset.UTC);
    boolean weekend =
        time.getDayOfWeek() == DayOfWeek.SATURDAY || time.getDayOfWeek() == DayOfWeek.SUNDAY;
    return random.nextInt(10) < BY_HOUR[time.getHour()] * (weekend ? 0.5 : 1);
  }

  private DemoIncident finished(Instant at, Instant now) {
    boolean drill = random.nextInt(100) < 3;
    JsonNode scenario = drill ? script.get("drill") : pick(script.get("scenarios"));
    String severity = pick(scenario.get("severities")).asString();
    String responder = person();
    DemoIncident.Builder incident =
        open(scenario, severity, at, Duration.ofSeconds(random.nextInt(40, 700)));
    incident.after(spread(minutesToAcknowledge(severity)));
    if (random.nextInt(100) < 6) {
      return incident
          .status(responder, "CANCELLED", "False alarm: the probe itself was broken.")
          .build();
    }
    incident.status(responder, "ACKNOWLEDGED", null).owner(responder, responder);
    investigate(incident, scenario, responder, scenario.get("notes").size());
    if (random.nextInt(100) < 12) {
      incident.after(spread(3)).severity(person(), severity.equals("HIGH") ? "CRITICAL" : "HIGH");
    }
    incident
        .status(responder, "MITIGATING", null)
        .after(spread(scenario.get("minutes").asInt() * 0.25));
    if (random.nextInt(100) < 65) {
      incident.mitigated(responder, "Users are no longer affected.");
    }
    incident
        .after(spread(scenario.get("minutes").asInt() * 0.2))
        .status(responder, "RESOLVED", scenario.get("resolution").asString());
    if (random.nextInt(100) < 4) {
      incident
          .after(spread(70))
          .status(MONITORING, "OPEN", "The alert fires again.")
          .after(spread(9))
          .status(responder, "ACKNOWLEDGED", null)
          .after(spread(35))
          .note(responder, "The first fix did not reach one of the instances.")
          .status(responder, "RESOLVED", "Now on all instances.");
    }
    Duration review = Duration.ofMinutes(random.nextInt(200, 2_600));
    if (random.nextInt(100) < 75 && incident.now().plus(review).isBefore(now)) {
      incident.after(review).status(person(), "CLOSED", null);
    }
    return incident.build();
  }

  /** Incidents that people work on now, the oldest first. */
  List<DemoIncident> current(Instant now) {
    List<DemoIncident> incidents = new ArrayList<>();
    incidents.add(
        ongoing(now, 9, "INFO", 1_260).after(Duration.ofHours(4)).owner("grace", "grace").build());
    incidents.add(
        acknowledged(now, 7, "LOW", 1_490, "fatima", 95).note("fatima", text(7, 0)).build());
    incidents.add(
        acknowledged(now, 1, "HIGH", 260, "dmitri", 6)
            .after(Duration.ofMinutes(11))
            .note("dmitri", text(1, 0))
            .after(Duration.ofMinutes(4))
            .note("emeka", text(1, 1))
            .status("dmitri", "MITIGATING", null)
            .note("dmitri", text(1, 2))
            .after(Duration.ofMinutes(38))
            .status("dmitri", "RESOLVED", script.at("/scenarios/1/resolution").asString())
            .build());
    incidents.add(
        acknowledged(now, 3, "MEDIUM", 185, "chloé", 17)
            .after(Duration.ofMinutes(22))
            .note("chloé", text(3, 0))
            .build());
    incidents.add(
        acknowledged(now, 10, "HIGH", 74, "emeka", 5)
            .after(Duration.ofMinutes(9))
            .note("emeka", text(10, 0))
            .after(Duration.ofMinutes(3))
            .status("emeka", "MITIGATING", null)
            .note("emeka", text(10, 1))
            .build());
    incidents.add(ongoing(now, 6, "MEDIUM", 48).build());
    incidents.add(
        acknowledged(now, 0, "CRITICAL", 21, "ana", 2)
            .after(Duration.ofMinutes(3))
            .note("ana", text(0, 0))
            .after(Duration.ofMinutes(4))
            .note("ben", text(0, 1))
            .build());
    incidents.add(ongoing(now, 5, "HIGH", 5).build());
    return incidents;
  }

  private DemoIncident.Builder acknowledged(
      Instant now, int scenario, String severity, int minutesAgo, String owner, int minutes) {
    return ongoing(now, scenario, severity, minutesAgo)
        .after(Duration.ofMinutes(minutes))
        .status(owner, "ACKNOWLEDGED", null)
        .owner(owner, owner);
  }

  private DemoIncident.Builder ongoing(Instant now, int scenario, String severity, int minutesAgo) {
    return open(
        script.get("scenarios").get(scenario),
        severity,
        now.minus(Duration.ofMinutes(minutesAgo)),
        Duration.ofSeconds(75));
  }

  private String text(int scenario, int note) {
    return script.get("scenarios").get(scenario).get("notes").get(note).asString();
  }

  private DemoIncident.Builder open(
      JsonNode scenario, String severity, Instant at, Duration declaredAfter) {
    Map<String, @Nullable Object> labels = new LinkedHashMap<>();
    scenario
        .get("labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asString()));
    labels.put("region", pick(script.get("regions")).asString());
    Map<String, @Nullable Object> input = new LinkedHashMap<>();
    input.put("title", scenario.get("title").asString());
    input.put("summary", scenario.get("summary").asString());
    input.put("severity", severity);
    input.put("isDrill", scenario.equals(script.get("drill")));
    input.put("labels", labels);
    input.put("services", scenario.get("services").valueStream().map(JsonNode::asString).toList());
    return new DemoIncident.Builder(
        at, declaredAfter, random.nextInt(100) < 70 ? MONITORING : person(), input);
  }

  private void investigate(
      DemoIncident.Builder incident, JsonNode scenario, String responder, int notes) {
    double minutes = scenario.get("minutes").asInt() * 0.55 / notes;
    for (int i = 0; i < notes; i++) {
      incident
          .after(spread(minutes))
          .note(
              random.nextInt(100) < 75 ? responder : person(),
              scenario.get("notes").get(i).asString());
    }
  }

  private static double minutesToAcknowledge(String severity) {
    return switch (severity) {
      case "CRITICAL" -> 3;
      case "HIGH" -> 6;
      case "MEDIUM" -> 14;
      case "LOW" -> 55;
      default -> 130;
    };
  }

  /** About this long: half of the values are below it, a few are several times as long. */
  private Duration spread(double minutes) {
    return Duration.ofMillis(
        Math.round(minutes * 60_000 * Math.exp(Math.clamp(random.nextGaussian(), -2, 2) * 0.6)));
  }

  private String person() {
    return pick(script.get("people")).asString();
  }

  private JsonNode pick(JsonNode list) {
    return list.get(random.nextInt(list.size()));
  }
}
