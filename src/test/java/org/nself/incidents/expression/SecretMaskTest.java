package org.nself.incidents.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SecretMaskTest {

  private static final String TOKEN = "ghp_Ab/9+xYz\"7\\q&<k>Z z42";
  private static final String MASK = "${secret('TOKEN')}";

  private final Map<String, String> environment =
      new HashMap<>(Map.of("RUNBOOK_SECRET_TOKEN", TOKEN, "RUNBOOK_SECRET_PORT", "8080"));
  private final Secrets secrets = new Secrets(environment::get, Path.of("nowhere"));

  private SecretMask mask(String... names) {
    return secrets.mask(Set.of(names), "primary");
  }

  private static String unicode(String text, String format) {
    return text.chars().mapToObj(format::formatted).collect(Collectors.joining());
  }

  private static String json(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static String html(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  static Stream<String> forms() {
    String url = URLEncoder.encode(TOKEN, StandardCharsets.UTF_8);
    return Stream.of(
        TOKEN,
        TOKEN.toLowerCase(Locale.ROOT),
        TOKEN.toUpperCase(Locale.ROOT),
        json(TOKEN),
        json(TOKEN).replace("/", "\\/"),
        json(json(TOKEN)),
        json(json(TOKEN)).replace("/", "\\/"),
        unicode(TOKEN, "\\u%04x"),
        unicode(TOKEN, "\\u%04X"),
        json(unicode(TOKEN, "\\u%04x")),
        url,
        url.toLowerCase(Locale.ROOT),
        url.replace("+", "%20"),
        unicode(TOKEN, "%%%02x"),
        html(TOKEN),
        json(html(TOKEN)),
        unicode(TOKEN, "&#%d;"),
        unicode(TOKEN, "&#x%X;"),
        HexFormat.of().formatHex(TOKEN.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void aSecretIsMaskedInEveryForm(String form) {
    assertThat(mask("TOKEN").mask("a " + form + " b " + form + " c"))
        .isEqualTo("a " + MASK + " b " + MASK + " c");
  }

  @ParameterizedTest
  @MethodSource("forms")
  void aSecretInATruncatedTextIsMaskedOrRemoved(String form) {
    for (int length = 0; length <= form.length(); length++) {
      String text = "x".repeat(3_000) + form.substring(0, length);
      assertThat(mask("TOKEN").maskTruncated(text)).matches("x{2000,}");
    }
  }

  @Test
  void aSecretInBase64IsMaskedWhereverItBegins() {
    for (String before : new String[] {"", "u:", "us:", "use:"}) {
      byte[] bytes = (before + TOKEN + "!").getBytes(StandardCharsets.UTF_8);
      String masked = mask("TOKEN").mask(Base64.getEncoder().encodeToString(bytes));
      assertThat(masked).contains(MASK).hasSizeLessThan(MASK.length() + 12);
      assertThat(mask("TOKEN").mask(Base64.getUrlEncoder().encodeToString(bytes))).contains(MASK);
    }
  }

  @Test
  void aPartOfASecretIsNotMasked() {
    for (int length = 1; length < TOKEN.length(); length++) {
      String part = TOKEN.substring(0, length);
      assertThat(mask("TOKEN").mask("x " + part)).isEqualTo("x " + part);
    }
  }

  @Test
  void onlyNamedSecretsThatTheAccountMayUseAreMasked() {
    assertThat(mask("PORT").mask("8080 " + TOKEN)).isEqualTo("${secret('PORT')} " + TOKEN);
    assertThat(secrets.mask(Set.of("TOKEN"), "other").mask(TOKEN)).isEqualTo(TOKEN);
    assertThat(mask("MISSING").mask(TOKEN)).isEqualTo(TOKEN);
  }

  @Test
  void aReplacedSecretIsStillMasked() {
    String unused = secrets.value("TOKEN", "primary");
    environment.put("RUNBOOK_SECRET_TOKEN", "another-value");
    assertThat(mask("TOKEN").mask(unused + " another-value")).isEqualTo(MASK + " " + MASK);
  }

  @Test
  void theLongerOfTwoSecretsIsMaskedAsAWhole() {
    environment.put("RUNBOOK_SECRET_SHORT", "ghp_Ab");
    assertThat(mask("TOKEN", "SHORT").mask(TOKEN + " ghp_AB"))
        .isEqualTo(MASK + " ${secret('SHORT')}");
  }
}
