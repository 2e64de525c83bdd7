package org.nself.incidents.runbook;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.web.input.InputReader;

/**
 * Runbooks that are kept as a directory of files, to be applied as a whole.
 *
 * @param runbooks each with a key that no other one has, in any order
 */
record ApplyRunbooks(List<CreateRunbook> runbooks, Options options) {

  static final int MAX_RUNBOOKS = 200;
  private static final int MAX_SOURCE = 200;

  /**
   * How to apply them.
   *
   * @param source names the directory, such as a repository; null for none
   * @param archiveMissing whether runbooks that the source made are archived if they are not among
   *     these; needs a source
   * @param dryRun whether only to say what would be done
   */
  record Options(@Nullable String source, boolean archiveMissing, boolean dryRun) {

    static Options read(InputReader input) {
      @Nullable String source = input.string("source", MAX_SOURCE);
      boolean archiveMissing = Boolean.TRUE.equals(input.bool("archiveMissing"));
      if (archiveMissing && source == null) {
        input.reject(
            "archiveMissing", "needs source, because only runbooks of one source are archived");
      }
      return new Options(source, archiveMissing, Boolean.TRUE.equals(input.bool("dryRun")));
    }
  }

  static ApplyRunbooks read(InputReader input, DefinitionParser parser, Options options) {
    @Nullable List<InputReader> objects = input.objects("runbooks", MAX_RUNBOOKS);
    if (objects == null || objects.isEmpty()) {
      // An empty directory is a mistake, which must not archive all of a source.
      input.reject("runbooks", "must have at least one runbook");
      return new ApplyRunbooks(List.of(), options);
    }
    List<CreateRunbook> runbooks = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    for (InputReader object : objects) {
      CreateRunbook runbook = CreateRunbook.read(object, parser);
      object.rejectUnknown();
      if (!object.has("key")) {
        object.reject("key", "is required");
      } else if (runbook.key() != null && !keys.add(runbook.key())) {
        object.reject("key", "is also the key of another runbook");
      }
      runbooks.add(runbook);
    }
    return new ApplyRunbooks(List.copyOf(runbooks), options);
  }

  List<String> keys() {
    return runbooks.stream().map(CreateRunbook::key).map(Objects::requireNonNull).toList();
  }
}
