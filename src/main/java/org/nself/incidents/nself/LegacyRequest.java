package org.nself.incidents.nself;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.incident.OpenIncident;
import org.nself.incidents.incident.Severity;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.FieldPatch;
import org.nself.incidents.web.input.InputReader;

/** Parses request bodies of the legacy clients into commands of the services. */
final class LegacyRequest {

  private LegacyRequest() {}

  /**
   * Parses {@code title}, {@code description} and {@code severity}. These clients send no key by
   * which a repetition is known, and the gateway repeats a request after a crash; so the same
   * request of the same actor counts as a repetition while its incident is unfinished.
   */
  static OpenIncident open(InputReader input, String actor) {
    String title = input.requiredString("title", OpenIncident.MAX_TITLE);
    @Nullable String description = input.string("description", OpenIncident.MAX_SUMMARY);
    @Nullable Severity severity = severity(input);
    input.check();
    return new OpenIncident(
        title,
        description,
        severity == null ? Severity.MEDIUM : severity,
        null,
        Map.of(),
        List.of(),
        dedupKey(actor, title, description, severity),
        null,
        severity != null,
        false);
  }

  /**
   * Parses {@code title}, {@code description}, {@code severity}, and the gateway's {@code state} or
   * the admin page's {@code status}, with a {@code reason}. An incident that already has the state
   * does not change: a closed one stays closed when {@code resolved} is requested.
   */
  static ChangeIncident change(InputReader input, IncidentRef incident) {
    @Nullable String title = input.nonBlankString("title", OpenIncident.MAX_TITLE);
    @Nullable String description = input.string("description", OpenIncident.MAX_SUMMARY);
    @Nullable Severity severity = severity(input);
    @Nullable LegacyState state = input.enumValue("state", LegacyState.class);
    @Nullable LegacyState status = input.enumValue("status", LegacyState.class);
    if (state != null && status != null) {
      input.reject("status", "cannot be combined with state; give one of them");
    }
    @Nullable String reason = input.string("reason", ChangeIncident.MAX_REASON);
    input.check();
    @Nullable LegacyState target = state == null ? status : state;
    return ChangeIncident.of(
        incident,
        FieldPatch.toValue(title),
        input.isNull("description") ? new FieldPatch.Cleared<>() : FieldPatch.toValue(description),
        FieldPatch.toValue(severity),
        target == null ? null : target.target(),
        target == null ? List.of() : target.statuses(),
        reason);
  }

  /** Moves an incident to a state; parses the {@code reason}. */
  static ChangeIncident move(InputReader input, IncidentRef incident, LegacyState state) {
    @Nullable String reason = input.string("reason", ChangeIncident.MAX_REASON);
    input.check();
    return ChangeIncident.of(
        incident,
        new FieldPatch.Unchanged<>(),
        new FieldPatch.Unchanged<>(),
        new FieldPatch.Unchanged<>(),
        state.target(),
        state.statuses(),
        reason);
  }

  private static String dedupKey(
      String actor, String title, @Nullable String description, @Nullable Severity severity) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (@Nullable Object part : new @Nullable Object[] {actor, title, description, severity}) {
        digest.update(String.valueOf(part).getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return "nself:" + HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  private static @Nullable Severity severity(InputReader input) {
    return input.enumValue("severity", Severity::parse, List.of(Severity.values()));
  }
}
