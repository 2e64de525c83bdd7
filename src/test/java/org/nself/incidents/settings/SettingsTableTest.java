package org.nself.incidents.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The README documents each setting, and nothing else, as the code describes it. */
class SettingsTableTest {

  private static final String HEADER = "| variable | default | values | for |";

  @Test
  void theReadmeHasOneRowForEachSetting() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("README.md"));
    int header = lines.indexOf(HEADER);
    assertThat(header).as("line of the table's header %s", HEADER).isNotNegative();
    List<String> rows =
        lines.subList(header + 2, lines.size()).stream()
            .takeWhile(line -> line.startsWith("|"))
            .toList();
    assertThat(rows).isEqualTo(Settings.ALL.stream().map(Setting::toMarkdown).toList());
  }

  @Test
  void everySettingIsInTheList() throws IllegalAccessException {
    List<Class<?>> records = new ArrayList<>(List.of(Settings.class));
    for (var component : Settings.class.getRecordComponents()) {
      records.add(component.getType());
    }
    List<Object> declared = new ArrayList<>();
    for (Class<?> type : records) {
      for (var field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == Setting.class) {
          field.setAccessible(true);
          declared.add(field.get(null));
        }
      }
    }
    assertThat(Settings.ALL).map(Object.class::cast).containsExactlyInAnyOrderElementsOf(declared);
  }

  /** A variable that is read but not described would not be found in the README. */
  @Test
  void noOtherVariableIsRead() {
    TreeSet<String> read = new TreeSet<>();
    Settings.read(
        name -> {
          read.add(name);
          return Map.of("DATABASE_URL", "postgres://h/d", "PLUGIN_SECRET", "secret").get(name);
        });
    TreeSet<String> described = new TreeSet<>();
    Settings.ALL.forEach(setting -> described.add(setting.name()));
    // Read by the runbooks that name it.
    described.removeIf(name -> name.startsWith("RUNBOOK_SECRET_NAME"));
    assertThat(read).isEqualTo(described);
  }
}
