package org.nself.incidents.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptHeaderTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "text/html",
        "TEXT/HTML; charset=utf-8",
        "text/*",
        "text/html, application/json;q=0.9",
        "text/html;q=0.2, application/json;q=0.1",
        "text/html, application/*;q=0.5",
      })
  void aBrowserThatOpensAPageGetsHtml(String accept) {
    assertThat(AcceptHeader.prefersHtml(List.of(accept))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*/*",
        "application/json",
        "application/json, text/plain, */*",
        "application/json, text/html",
        "text/html;q=0.5, application/json",
        "text/html;q=0",
        "text/html;q=0, */*",
        "text/event-stream",
        "text/plain",
        "",
        "text/html;q=2",
        "text html",
      })
  void aProgramGetsJson(String accept) {
    assertThat(AcceptHeader.prefersHtml(List.of(accept))).isFalse();
  }

  @Test
  void severalHeadersAreOneList() {
    assertThat(AcceptHeader.prefersHtml(List.of("text/html;q=0.5", "application/json"))).isFalse();
    assertThat(AcceptHeader.prefersHtml(List.of("image/png", "text/html"))).isTrue();
    assertThat(AcceptHeader.prefersHtml(List.of())).isFalse();
  }
}
