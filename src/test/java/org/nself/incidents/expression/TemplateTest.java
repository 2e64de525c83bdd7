package org.nself.incidents.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.expression.Template.Rendered;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.web.input.StrictJson;

class TemplateTest {

  private static final String TOKEN = "s3cr3t \"value\"";

  @TempDir private Path directory;

  private final Map<String, String> environment =
      new HashMap<>(Map.of("RUNBOOK_SECRET_TOKEN", TOKEN, "RUNBOOK_SECRET_PORT", "8080"));

  private Secrets secrets() {
    return new Secrets(environment::get, directory);
  }

  private Rendered render(String text, String account) {
    EvaluationContext full = Contexts.full();
    return new Expressions(secrets(), new StrictJson(), new ExpressionPool(1))
        .template("primary", text)
        .render(
            new EvaluationContext(
                account, full.budget(), full.now(), full.incident(), full.inputs(), full.steps()));
  }

  private Rendered render(String text) {
    return new Expressions(secrets(), new StrictJson(), new ExpressionPool(1))
        .template("primary", text)
        .render(Contexts.full());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "plain, $ and {} and } | plain, $ and {} and }",
        "a ${inputs.service} b ${inputs.back}${inputs.hard} | a checkout b 2true",
        "$${inputs.service} $$ $${ | ${inputs.service} $$ ${",
        "${incident.owner}. | .",
        "${steps.check.output.lag} ${2.0} ${1.0 / 3.0} | 2.5 2 0.3333333333333333",
        "${steps.check.output.hosts} | [{\"name\":\"a\"},{\"name\":\"b\"}]",
        "${{'version': inputs.service, 'n': [1, null, 2.5, true]}} |"
            + " {\"version\":\"checkout\",\"n\":[1,null,2.5,true]}",
        "${'}'}${\"}\"}${'\\'}'}${r'\\d}'} | }}'}\\d}",
        "${'''it's }'''}${\"\"\"say \"}\"!\"\"\"} | it's }say \"}\"!",
        "${{'a': {'b': 1}}.a.b} | 1",
        "${inputs.hard ? 'yes {' : \"no }\"} | yes {",
        "${'äöü🙂'.size()} | 4",
        "${duration('90s')} ${timestamp('2026-01-01T00:00:00Z')} | 90s 2026-01-01T00:00:00Z",
        "${bytes('abc')} ${5u} | abc 5",
      })
  void expressionsAreRendered(String text, String expected) {
    assertThat(render(text).text()).isEqualTo(expected);
    assertThat(render(text).redactedText()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a ${inputs.x | ${ is not closed (line 1, column 3)",
        "${'} | ${ is not closed (line 1, column 1)",
        "${} | there is no expression (line 1, column 3)",
        "ab ${inputs.} | (line 1, column 13)",
        "${other} | undeclared reference to 'other' (line 1, column 3)",
        "${secret(inputs.x)} | secret() takes one name in quotes",
        "${secret('token')} | secret() takes one name in quotes",
        "${secret('../TOKEN')} | secret() takes one name in quotes",
        "${secret('A', 'B')} | no matching overload for 'secret'",
      })
  void anInvalidTemplateIsRejectedWithThePosition(String text, String message) {
    assertThatThrownBy(() -> render(text))
        .isInstanceOf(InvalidExpression.class)
        .hasMessageContaining(message);
  }

  @Test
  void anErrorOnALaterLineHasThatPosition() {
    assertThatThrownBy(() -> render("one\ntwo ${1 +\n  nothing}"))
        .hasMessageContaining("(line 3, column 3)");
    assertThatThrownBy(() -> render("one\ntwo ${nothing}"))
        .hasMessageContaining("line 2, column 7");
  }

  @Test
  void aCommentInAnExpressionCanContainABrace() {
    assertThat(render("${inputs.back // the }\n + 1}!").text()).isEqualTo("3!");
  }

  @Test
  void aSecretIsRedacted() {
    Rendered rendered =
        render("Bearer ${secret(\"TOKEN\")} ${inputs.service} ${'<' + secret('TOKEN') + '>'}");
    assertThat(rendered.text()).isEqualTo("Bearer " + TOKEN + " checkout <" + TOKEN + ">");
    assertThat(rendered.redactedText())
        .isEqualTo("Bearer ${secret(\"TOKEN\")} checkout <${secret(\"TOKEN\")}>");
    assertThat(rendered).asString().doesNotContain(TOKEN);
  }

  @Test
  void theRedactedTextDoesNotDependOnTheSecret() {
    Rendered rendered =
        render(
            "${secret('TOKEN').startsWith('s3') ? 'A' : 'B'} ${int(secret('PORT')) + 1}"
                + " ${size(secret('TOKEN'))}");
    assertThat(rendered.text()).isEqualTo("A 8081 " + TOKEN.length());
    assertThat(rendered.redactedText())
        .isEqualTo("B ${int(secret('PORT')) + 1} " + "${secret(\"TOKEN\")}".length());
  }

  @Test
  void theSecretsOfATemplateAreKnownBeforeRendering() {
    assertThat(
            new Expressions(secrets(), new StrictJson(), new ExpressionPool(1))
                .template("primary", "${secret('A')} ${[1].map(x, secret(\"B_2\"))}")
                .secrets())
        .containsExactlyInAnyOrder("A", "B_2");
  }

  @Test
  void aSecretIsReadFromTheVariableOrTheFileWithoutItsLastLineBreak() throws IOException {
    Files.writeString(directory.resolve("DEPLOY"), "from\nfile\n");
    Files.writeString(directory.resolve("TOKEN"), "other");
    assertThat(render("${secret('DEPLOY')}").text()).isEqualTo("from\nfile");
    assertThat(render("${secret('TOKEN')}").text()).isEqualTo(TOKEN);
    environment.put("RUNBOOK_SECRET_TOKEN", "");
    assertThat(render("${secret('TOKEN')}").text()).isEqualTo("other");
  }

  @Test
  void aMissingSecretIsNamed() {
    assertThatThrownBy(() -> render("${secret('MISSING')}"))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining("the secret MISSING is not set")
        .hasMessageContaining("RUNBOOK_SECRET_MISSING");
    environment.put("RUNBOOK_SECRET_MISSING", "abc");
    assertThatThrownBy(() -> render("${secret('MISSING')}"))
        .hasMessageContaining("4 to 16,384 characters")
        .hasMessageNotContaining("abc");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "${int(secret('TOKEN'))}",
        "${{'a': 1}[secret('TOKEN')]}",
        "${timestamp(secret('TOKEN'))}",
        "${'x'.matches(secret('TOKEN') + '(')}",
      })
  void aFailureDoesNotQuoteASecret(String text) {
    assertThatThrownBy(() -> render(text))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageNotContaining(TOKEN)
        .hasMessageContaining("secret(\"TOKEN\")")
        .hasNoCause();
  }

  @Test
  void aSecretBelongsToTheListedAccounts() {
    assertThatThrownBy(() -> render("${secret('TOKEN')}", "other"))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining("the account may not use the secret TOKEN")
        .hasMessageContaining("RUNBOOK_SECRET_TOKEN_ACCOUNTS");
    environment.put("RUNBOOK_SECRET_TOKEN_ACCOUNTS", "team-a, other");
    assertThat(render("${secret('TOKEN')}", "other").text()).isEqualTo(TOKEN);
    assertThatThrownBy(() -> render("${secret('TOKEN')}", "primary"))
        .isInstanceOf(ExpressionFailure.class);
    assertThatThrownBy(() -> render("${secret('TOKEN_ACCOUNTS')}", "primary"))
        .isInstanceOf(InvalidExpression.class)
        .hasMessageContaining("setting of a secret");
  }

  @Test
  void aCallersTextIsNeverMasked() {
    Expressions expressions = new Expressions(secrets(), new StrictJson(), new ExpressionPool(1));
    expressions.template("primary", "${secret('TOKEN')}").render(Contexts.full());
    Template template = expressions.template("primary", "${inputs.x}");
    for (int length = 1; length <= TOKEN.length(); length++) {
      String guess = TOKEN.substring(0, length);
      assertThat(template.render(Contexts.input(guess)).redactedText()).isEqualTo(guess);
      assertThat(template.renderRedacted(Contexts.input(guess))).isEqualTo(guess);
    }
    assertThatThrownBy(
            () -> expressions.template("primary", "${int(inputs.x)}").render(Contexts.input(TOKEN)))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining("s3cr3t");
  }

  @Test
  void aTextForPeopleIsRenderedWithoutTheValueOfASecret() {
    Expressions expressions = new Expressions(secrets(), new StrictJson(), new ExpressionPool(1));
    assertThat(
            expressions
                .template(
                    "primary",
                    "${secret('TOKEN').startsWith(inputs.x) ? 'A' : 'B'} ${secret('TOKEN')}")
                .renderRedacted(Contexts.input("s3")))
        .isEqualTo("B ${secret(\"TOKEN\")}");
    assertThatThrownBy(
            () ->
                expressions
                    .template("primary", "${secret('MISSING')}")
                    .renderRedacted(Contexts.full()))
        .hasMessageContaining("the secret MISSING is not set");
  }

  @Test
  void theResultIsLimited() {
    String text = "${inputs.x}".repeat(3);
    Expressions expressions = new Expressions(secrets(), new StrictJson(), new ExpressionPool(1));
    assertThatThrownBy(
            () ->
                expressions
                    .template("primary", text)
                    .render(Contexts.input("x".repeat(100 * 1024))))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining("more than 262,144 characters");
  }
}
