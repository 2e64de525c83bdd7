package org.nself.incidents.runbook.definition;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.StrictJson;

/** Parses the steps of a definition and checks their keys and dependencies. */
public final class StepParser {

  private static final int MAX_STEPS = 100;
  private static final int MAX_TITLE = 200;
  private static final int MAX_INSTRUCTIONS = 20_000;
  static final int MAX_SECONDS = 30 * 24 * 3_600;
  private static final int MAX_ATTEMPTS = 20;
  private static final int MAX_BACKOFF = 3_600;
  private static final int MAX_MAX_BACKOFF = 86_400;
  private static final int DEFAULT_BACKOFF = 1;
  private static final int DEFAULT_MAX_BACKOFF = 60;

  private final ActionParser actions;

  /** The keys that are given, and those derived from titles so far. */
  private final Set<String> keys = new HashSet<>();

  StepParser(StrictJson json) {
    this.actions = new ActionParser(json);
  }

  /** Parses the steps; null if they are absent. */
  @Nullable List<Step> parse(InputReader input) {
    @Nullable List<InputReader> objects = input.objects("steps", MAX_STEPS);
    if (objects == null) {
      return null;
    }
    if (objects.isEmpty()) {
      input.reject("steps", "must have at least one step");
    }
    for (InputReader object : objects) {
      @Nullable String key = object.string("key", 63);
      if (key != null && !DefinitionParser.NAME.matcher(key).matches()) {
        object.reject(
            "key", "must have lower-case letters, digits and '_', beginning with a letter");
      } else if (key != null && !keys.add(key)) {
        object.reject("key", "is also the key of another step");
      }
    }
    List<Step> steps = new ArrayList<>();
    for (InputReader object : objects) {
      steps.add(step(object, steps.isEmpty() ? List.of() : List.of(steps.getLast().key())));
    }
    checkDependencies(objects, steps);
    return List.copyOf(steps);
  }

  private Step step(InputReader input, List<String> previousStep) {
    String title = input.requiredString("title", MAX_TITLE);
    @Nullable String key = input.string("key", 63);
    Action action = actions.parse(input);
    @Nullable List<String> after = input.strings("after", MAX_STEPS, 63);
    @Nullable OnFailure onFailure = input.enumValue("onFailure", OnFailure.class);
    @Nullable Idempotence effect = input.enumValue("effect", Idempotence.class);
    Step step =
        new Step(
            key == null ? deriveKey(title) : key,
            title,
            input.string("instructions", MAX_INSTRUCTIONS),
            after == null ? previousStep : after,
            input.string("when", DefinitionParser.MAX_CONDITION),
            DefinitionParser.seconds(input, "timeoutSeconds", "timeout", 1, MAX_SECONDS),
            retry(input),
            onFailure == null ? OnFailure.STOP : onFailure,
            effect == null ? defaultEffect(action) : effect,
            action);
    input.rejectUnknown();
    return step;
  }

  /** The effect of a step that does not state it. */
  public static Idempotence defaultEffect(Action action) {
    return action instanceof Action.Http http && !http.method().isSafe()
        ? Idempotence.UNSAFE
        : Idempotence.IDEMPOTENT;
  }

  private String deriveKey(String title) {
    String words =
        title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^[_0-9]+|_+$", "");
    String base = words.isEmpty() ? "step" : words.substring(0, Math.min(words.length(), 59));
    String key = base;
    for (int i = 2; !keys.add(key); i++) {
      key = base + "_" + i;
    }
    return key;
  }

  private static @Nullable Retry retry(InputReader input) {
    @Nullable InputReader object = input.object("retry");
    if (object == null) {
      return null;
    }
    int maxAttempts = object.requiredInteger("maxAttempts", 1, MAX_ATTEMPTS);
    @Nullable Integer backoffSeconds =
        DefinitionParser.seconds(object, "backoffSeconds", "backoff", 0, MAX_BACKOFF);
    @Nullable Integer maxBackoff =
        DefinitionParser.seconds(object, "maxBackoffSeconds", "maxBackoff", 0, MAX_MAX_BACKOFF);
    int backoff = backoffSeconds == null ? DEFAULT_BACKOFF : backoffSeconds;
    if (maxBackoff != null && maxBackoff < backoff) {
      object.reject("maxBackoffSeconds", "must not be less than the first delay of " + backoff);
    }
    object.rejectUnknown();
    return new Retry(
        maxAttempts,
        backoff,
        maxBackoff == null ? Math.max(backoff, DEFAULT_MAX_BACKOFF) : maxBackoff);
  }

  private static void checkDependencies(List<InputReader> objects, List<Step> steps) {
    Set<String> known = new HashSet<>();
    steps.forEach(step -> known.add(step.key()));
    boolean complete = true;
    for (int i = 0; i < steps.size(); i++) {
      for (String key : steps.get(i).dependsOn()) {
        if (!known.contains(key)) {
          objects.get(i).reject("after", "step '" + key + "' does not exist");
          complete = false;
        }
      }
    }
    if (!complete) {
      return;
    }
    List<String> cycle = CycleDetector.findCycle(steps);
    for (int i = 0; i < steps.size(); i++) {
      if (cycle.contains(steps.get(i).key())) {
        objects
            .get(i)
            .reject(
                "after",
                "is part of a cycle: "
                    + String.join(" after ", cycle)
                    + " after "
                    + cycle.getFirst()
                    + "; none of these steps could start");
        return;
      }
    }
  }
}
