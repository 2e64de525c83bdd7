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
 * Values that expressions may use and nobody may see: {@code RUNBOOK_SECRET_NAME} of the
 * environment, else the file {@code NAME} of a directory. They are read each time, so that a file
 * can be exchanged under way.
 */
public final class Secrets {

  static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

  /** Shorter ones could not be masked without making a text unreadable. */
  static final int MIN_LENGTH = 4;

  private static final int MAX_LENGTH = 16 * 1024;

  /** A text in which a secret may appear. */
  private record SecretVariant(String text, String name) {}

  private final UnaryOperator<@Nullable String> environment;
  private final Path directory;

  /** The longest first, because one secret may begin as another does. */
  private volatile List<SecretVariant> forms = List.of();

  /**
   * @param environment gives the value of a variable, or null
   */
  Secrets(UnaryOperator<@Nullable String> environment, Path directory) {
    this.environment = environment;
    this.directory = directory;
  }

  /** What stands for a secret in a template that is shown. */
  static String placeholder(String name) {
    return "${secret(\"" + name + "\")}";
  }

  /** What stands for a secret that came back; without double quotes, so that JSON stays JSON. */
  private static String mark(String name) {
    return "${secret('" + name + "')}";
  }

  /**
   * @throws ExpressionFailure where it is not set, too short or too long
   */
  String value(String name) {
    @Nullable String value = environment.apply("RUNBOOK_SECRET_" + name);
    if (value == null || value.isEmpty()) {
      value = file(name);
    }
    if (value == null || value.isEmpty()) {
      throw new ExpressionFailure(
          "the secret %s is not set: neither as the variable RUNBOOK_SECRET_%s nor as a file"
              .formatted(name, name));
    }
    if (value.length() < MIN_LENGTH || value.length() > MAX_LENGTH) {
      throw new ExpressionFailure(
          "the secret %s must have %d to %,d characters".formatted(name, MIN_LENGTH, MAX_LENGTH));
    }
    remember(name, value);
    return value;
  }

  private @Nullable String file(String name) {
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

  private void remember(String name, String value) {
    if (forms.stream().anyMatch(form -> form.text().equals(value))) {
      return;
    }
    String escaped = URLEncoder.encode(value, StandardCharsets.UTF_8);
    Set<String> texts = new LinkedHashSet<>();
    texts.add(value);
    texts.add(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
    texts.add(escaped);
    texts.add(escaped.replace("+", "%20"));
    synchronized (this) {
      List<SecretVariant> more = new ArrayList<>(forms);
      texts.forEach(text -> more.add(new SecretVariant(text, name)));
      more.sort(Comparator.comparingInt((SecretVariant form) -> form.text().length()).reversed());
      forms = List.copyOf(more);
    }
  }

  /**
   * The text without any secret that this process has used, also where one was cut off at the end;
   * for whatever is stored, logged or told.
   */
  public String mask(String text) {
    String masked = text;
    for (SecretVariant form : forms) {
      masked = masked.replace(form.text(), mark(form.name()));
    }
    for (SecretVariant form : forms) {
      for (int length = Math.min(form.text().length() - 1, masked.length());
          length >= MIN_LENGTH;
          length--) {
        if (masked.endsWith(form.text().substring(0, length))) {
          return masked.substring(0, masked.length() - length) + mark(form.name());
        }
      }
    }
    return masked;
  }
}
