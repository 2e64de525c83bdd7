package org.nself.incidents.incident;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nself.incidents.testing.Api;

/** The table of legal transitions, as in the contract, and a way to reach each status. */
final class Statuses {

  static final List<String> ALL =
      List.of("open", "acknowledged", "mitigating", "resolved", "closed", "cancelled", "merged");

  private static final Map<String, List<String>> TO =
      Map.of(
          "open", List.of("acknowledged", "mitigating", "resolved", "cancelled", "merged"),
          "acknowledged", List.of("open", "mitigating", "resolved", "cancelled", "merged"),
          "mitigating", List.of("acknowledged", "resolved", "cancelled", "merged"),
          "resolved", List.of("open", "closed"),
          "closed", List.of("open"),
          "cancelled", List.of("open"),
          "merged", List.of("open"));

  private Statuses() {}

  /** The statuses that the table allows after this one. */
  static List<String> after(String status) {
    return Objects.requireNonNull(TO.get(status));
  }

  /** Opens an incident, moves it to a status and returns its path. */
  static String incidentIn(Api api, String status) {
    String path = "/api/v1/incidents/" + api.open("To be " + status);
    switch (status) {
      case "open" -> {}
      case "closed" -> {
        move(api, path, "resolved");
        move(api, path, "closed");
      }
      case "merged" ->
          api.post(path + "/merge", "{\"into\":\"%s\"}".formatted(api.open("Target"))).expect(200);
      default -> move(api, path, status);
    }
    return path;
  }

  static void move(Api api, String path, String status) {
    api.patch(path, "{\"status\":\"%s\",\"reason\":\"so\"}".formatted(status)).expect(200);
  }
}
