package org.nself.incidents.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(RunningService.class)
class ReadmeTest {

  private static final Pattern FENCE = Pattern.compile("(?ms)^```(\\S*)( skip)?$\\n(.*?)^```$");
  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private final JsonMapper json = new JsonMapper();

  /** Commands, and the expected JSON below them. */
  private record Example(String commands, String answer) {}

  @Test
  void itsExamplesInOrderReturnTheResponsesThatItShows(TestPostgres postgres) throws Exception {
    List<Example> examples = examples(Files.readString(Path.of("README.md")));
    assertThat(examples).as("examples with an answer").hasSizeGreaterThan(6);
    try (Service service = Service.start(postgres.createDatabase(), Map.of())) {
      StringBuilder script = new StringBuilder("set -eu\n");
      for (Example example : examples) {
        script
            .append(
                example
                    .commands()
                    .replace("127.0.0.1:3833", "127.0.0.1:" + service.port())
                    .replace("TOKEN=development-token", "TOKEN=" + Service.TOKEN))
            .append("\nprintf '\\036'\n");
      }
      String[] answers = bash(script.toString()).split("\u001e");
      assertThat(answers).hasSameSizeAs(examples);
      for (int i = 0; i < answers.length; i++) {
        assertThat(masked(answers[i]))
            .as("what is answered to: %s", examples.get(i).commands())
            .isEqualTo(masked(examples.get(i).answer()));
      }
    }
  }

  /**
   * A block of commands and the JSON block after it; commands without one run together with the
   * next.
   */
  private static List<Example> examples(String text) {
    List<Example> examples = new ArrayList<>();
    StringBuilder commands = new StringBuilder();
    Matcher fence = FENCE.matcher(text);
    while (fence.find()) {
      if (fence.group(1).equals("json")) {
        examples.add(new Example(commands.toString(), fence.group(3)));
        commands.setLength(0);
      } else if (fence.group(2) == null && !fence.group(3).contains("./mvnw")) {
        commands.append(fence.group(3));
      }
    }
    return examples;
  }

  private static String bash(String script) throws IOException, InterruptedException {
    Process bash = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true).start();
    String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as("exit status; its log: %s", output).isZero();
    return output;
  }

  /** Replaces ids, timestamps and hashes, which differ in each run. */
  private JsonNode masked(String answer) {
    String text = UUID.matcher(answer).replaceAll("ID");
    text = TIME.matcher(text).replaceAll("TIME");
    return json.readTree(HASH.matcher(text).replaceAll("HASH"));
  }
}
