package org.nself.incidents.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The built page of the console, read once from the class path: {@code index.html} and the files
 * that it loads.
 *
 * <p>The files are addressed by a hash of them all, so that a browser can keep them for ever and
 * never mixes two builds. The page refers to them relatively, because a proxy may serve it under a
 * prefix that the service does not know.
 */
final class ConsoleAssets {

  /** Of the pages: {@code /incidents} is at depth 0, {@code /runbooks/ID/edit} at depth 2. */
  static final int MAX_DEPTH = 3;

  private static final String INDEX = "index.html";

  /** How the page refers to its files, as the build writes it. */
  private static final String REFERENCE = "\"console/";

  private final String build;
  private final Map<String, StaticFile> files = new TreeMap<>();
  private final List<StaticFile> pages = new ArrayList<>();

  ConsoleAssets() {
    byte @Nullable [] index = null;
    try {
      for (Resource resource :
          new PathMatchingResourcePatternResolver().getResources("classpath*:/console/*")) {
        @Nullable String name = resource.getFilename();
        if (name == null || name.isEmpty() || !resource.isReadable()) {
          continue;
        }
        if (name.equals(INDEX)) {
          index = resource.getContentAsByteArray();
        } else {
          files.put(name, StaticFile.of(name, resource.getContentAsByteArray()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    StringBuilder contents = new StringBuilder();
    files.forEach((name, file) -> contents.append(name).append(file.hash()));
    this.build = StaticFile.of("", contents.toString().getBytes(StandardCharsets.UTF_8)).hash();
    if (index != null) {
      String page = new String(index, StandardCharsets.UTF_8);
      for (int depth = 0; depth <= MAX_DEPTH; depth++) {
        String addressed =
            page.replace(REFERENCE, "\"" + "../".repeat(depth) + "console/" + build + "/");
        pages.add(StaticFile.of(INDEX, addressed.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  /** A hash of the files. */
  String build() {
    return build;
  }

  /**
   * The page for a path of this depth; null where the console was not built.
   *
   * @param depth how many segments of the path are directories, at most {@link #MAX_DEPTH}
   */
  @Nullable StaticFile page(int depth) {
    return pages.isEmpty() ? null : pages.get(depth);
  }

  /**
   * A file of this build; null where it has none.
   *
   * @param path {@code BUILD/NAME}
   */
  @Nullable StaticFile file(String path) {
    return path.startsWith(build + "/") ? files.get(path.substring(build.length() + 1)) : null;
  }
}
