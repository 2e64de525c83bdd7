package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.runbook.definition.YamlReader;
import org.nself.incidents.web.error.ApiException;

class YamlDigitsTest {

  private static Map<String, ?> parse(String text) {
    return YamlReader.parseObject(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "+", ".", "-.", "+.", "0x", "0o", "1.", "1e"})
  void aLongNumberIsNotConverted(String start) {
    assertThatThrownBy(() -> parse("a: " + start + "7".repeat(1_000_000)))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("more than 400 digits");
  }

  @Test
  void theDigitsOfAllNumbersTogetherAreLimited() {
    String item = "- " + "9".repeat(400) + "\n";
    assertThatThrownBy(() -> parse("a:\n" + item.repeat(2_000)))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("digits in all");
    assertThat(parse("a:\n" + item.repeat(100))).hasSize(1);
  }
}
