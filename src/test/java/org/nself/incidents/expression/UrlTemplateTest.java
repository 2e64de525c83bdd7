package org.nself.incidents.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.expression.Template.Rendered;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.web.input.StrictJson;

class UrlTemplateTest {

  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "RUNBOOK_SECRET_TOKEN",
          "s3cr3t value",
          "RUNBOOK_SECRET_HOOK",
          "https://hook.example/a/b");

  private static Rendered render(String template, String value) {
    return new Expressions(
            new Secrets(ENVIRONMENT::get, Path.of("nowhere")),
            new StrictJson(),
            new ExpressionPool(1))
        .template("primary", template)
        .renderUrl(Contexts.input(value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "https://a.example/d/${inputs.x}|checkout|https://a.example/d/checkout",
        "https://a.example/d/${inputs.x}|../admin/delete?all=1|https://a.example/d/..%2Fadmin%2Fdelete%3Fall%3D1",
        "https://a.example/d/${inputs.x}|x?y=1#|https://a.example/d/x%3Fy%3D1%23",
        "https://a.example/d/${inputs.x}|x%2f..|https://a.example/d/x%252f..",
        "https://a.example/d/v${inputs.x}/y|..|https://a.example/d/v../y",
        "https://a.example/d?q=${inputs.x}&b=1|1&c=2#x"
            + " y|https://a.example/d?q=1%26c%3D2%23x%20y&b=1",
        "https://a.example?q=${inputs.x}|a=b/..|https://a.example?q=a%3Db%2F..",
        "https://a.example/#${inputs.x}|ä|https://a.example/#%C3%A4",
        "${inputs.x}|https://b.example/d/../e?f=1#g|https://b.example/d/../e?f=1#g",
        "${inputs.x}/e/${inputs.x}|https://b.example|https://b.example/e/https%3A%2F%2Fb.example",
        "${inputs.x}?e=${inputs.x}|https://b.example/?f|https://b.example/?f?e=https%3A%2F%2Fb.example%2F%3Ff",
        "${inputs.x}e|https://b.example/d|https://b.example/de",
        "https://a.example${''}/${inputs.x}|b|https://a.example/b",
      })
  void aValueStaysInItsPartOfTheUrl(String template, String value, String expected) {
    assertThat(render(template, value).text()).isEqualTo(expected);
    assertThat(render(template, value).redactedText()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://a.example${inputs.x}",
        "https://a.example${inputs.x}/",
        "https://${inputs.x}.example/",
        "https://${inputs.x}/",
        "https:${inputs.x}",
        "https:/${inputs.x}",
        "https://a.example:${inputs.x}/",
        "${inputs.x}.example/",
        "${inputs.x}${inputs.x}",
        "${inputs.x}://a.example/",
        "h${inputs.x}://a.example/",
      })
  void aValueCannotBeAPartOfTheHost(String template) {
    for (String value : new String[] {"https://b", "b", ":80", "@b.example"}) {
      assertThatThrownBy(() -> render(template, value))
          .isInstanceOf(ExpressionFailure.class)
          .hasMessageContaining("cannot be a part of the scheme, the host or the port");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "https://a.example/d/${inputs.x},..",
    "https://a.example/d/${inputs.x}/e,.",
    "https://a.example/d/.${inputs.x}/e,.",
    "https://a.example/d/%2E${inputs.x}?e,.",
    "https://a.example/d/${inputs.x}${inputs.x},.",
  })
  void aValueCannotMakeADotSegment(String template, String value) {
    assertThatThrownBy(() -> render(template, value))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining("segment of the URL's path");
  }

  @Test
  void aSecretIsEncodedButShownAsAPlaceholder() {
    Rendered rendered = render("https://a.example/${secret('TOKEN')}?x=${inputs.x}", "&");
    assertThat(rendered.text()).isEqualTo("https://a.example/s3cr3t%20value?x=%26");
    assertThat(rendered.redactedText()).isEqualTo("https://a.example/${secret(\"TOKEN\")}?x=%26");
    assertThat(render("${secret('HOOK')}", "").text()).isEqualTo("https://hook.example/a/b");
  }
}
