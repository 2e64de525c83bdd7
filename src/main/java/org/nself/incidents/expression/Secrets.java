package org.nself.incidents.expression;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets for templates, and masks them in texts. The value of the secret {@code NAME} is the
 * environment variable {@code RUNBOOK_SECRET_NAME}, else the content of the file {@code NAME} in a
 * directory. It is read on every use, so that a file can be replaced while the service runs.
 */
public final class Secrets {

  static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

  /** Masking shorter values would make texts unreadable. */
  static final int MIN_LENGTH = 4;

  private static final int MAX_LENGTH = 16 * 1024;

  /** A form in which a secret can appear: as it is, or escaped for JSON or a URL. */
  private record SecretVariant(String text, String name) {}

  private final UnaryOperator<@Nullable String> environment;
  private final Path directory;

  /** The longest first, because a secret can be a prefix of another. Replaced as a whole. */
  private volatile List<SecretVariant> variants = List.of();

  /**
   * @param environment returns the value of an environment variable, or null
   */
  Secrets(UnaryOperator<@Nullable String> environment, Path directory) {
    this.environment = environment;
    this.directory = directory;
  }

  /** The replacement for a secret in a redacted template. */
  static String placeholder(String name) {
    return "${secret(\"" + name + "\")}";
  }

  /** The replacement for a masked secret; without double quotes, so that JSON stays valid. */
  private static String maskOf(String name) {
    return "${secret('" + name + "')}";
  }

  /**
   * @throws ExpressionFailure if it is not set, too short or too long
   */
  String value(String name) {
    @Nullable String value = environment.apply("RUNBOOK_SECRET_" + name);
    if (value == null || value.isEmpty()) {
      value = readFile(name);
    }
    if (value == null || value.isEmpty()) {
      throw new ExpressionFailure(
          "the secret %s is not set; set the variable RUNBOOK_SECRET_%s or create its file"
              .formatted(name, name));
    }
    if (value.length() < MIN_LENGTH || value.length() > MAX_LENGTH) {
      throw new ExpressionFailure(
          "the secret %s must have %d to %,d characters".formatted(name, MIN_LENGTH, MAX_LENGTH));
    }
    register(name, value);
    return value;
  }

  private @Nullable String readFile(String name) {
    try {
      Path file = directory.resolve(name);
      if (Files.size(file) > 4 * MAX_LENGTH) {
        throw new ExpressionFailure("the secret " + name + " is too long");
      }
      return Files.readString(file).replaceFirst("\\r?\\n$", "");
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new ExpressionFailure("the secret " + name + " cannot be read from its file");
    }
  }

  private void register(String name, String value) {
    if (variants.stream().anyMatch(variant -> variant.text().equals(value))) {
      return;
    }
    String escaped = URLEncoder.encode(value, StandardCharsets.UTF_8);
    Set<String> texts = new LinkedHashSet<>();
    texts.add(value);
    texts.add(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
    texts.add(escaped);
    texts.add(escaped.replace("+", "%20"));
    synchronized (this) {
      List<SecretVariant> updated = new ArrayList<>(variants);
      texts.forEach(text -> updated.add(new SecretVariant(text, name)));
      updated.sort(
          Comparator.comparingInt((SecretVariant variant) -> variant.text().length()).reversed());
      variants = List.copyOf(updated);
    }
  }

  /**
   * Replaces every secret that this process has used, also one that is truncated at the end of the
   * text. To be applied to everything that is stored, logged or returned.
   */
  public String mask(String text) {
    String masked = text;
    for (SecretVariant variant : variants) {
      masked = masked.replace(variant.text(), maskOf(variant.name()));
    }
    for (SecretVariant variant : variants) {
      for (int length = Math.min(variant.text().length() - 1, masked.length());
          length >= MIN_LENGTH;
          length--) {
        if (masked.endsWith(variant.text().substring(0, length))) {
          return masked.substring(0, masked.length() - length) + maskOf(variant.name());
        }
      }
    }
    return masked;
  }
}
