package org.nself.incidents.expression;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets for templates. The value of the secret {@code NAME} is the environment variable
 * {@code RUNBOOK_SECRET_NAME}, else the content of the file {@code NAME} in a directory. It is read
 * on every use, so that a file can be replaced while the service runs.
 *
 * <p>A secret belongs to accounts and destinations: {@code NAME_ACCOUNTS} and {@code NAME_HOSTS},
 * read in the same way, list the accounts that may use it and the hosts that it may be sent to.
 */
public final class Secrets {

  static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

  /** Masking shorter values would make texts unreadable. */
  static final int MIN_LENGTH = 4;

  private static final int MAX_LENGTH = 16 * 1024;
  private static final String ACCOUNTS = "_ACCOUNTS";
  private static final String HOSTS = "_HOSTS";

  /** Of the accounts that a secret without a list belongs to. */
  private static final String DEFAULT_ACCOUNTS = "primary";

  /** How many values of a secret are kept, so that a replaced one is still masked. */
  private static final int MAX_REMEMBERED = 4;

  private final UnaryOperator<@Nullable String> environment;
  private final Path directory;

  /** The values that this process has read, by name, the newest last. */
  private final Map<String, List<String>> remembered = new ConcurrentHashMap<>();

  /**
   * @param environment returns the value of an environment variable, or null
   */
  public Secrets(UnaryOperator<@Nullable String> environment, Path directory) {
    this.environment = environment;
    this.directory = directory;
  }

  /** The replacement for a secret in a redacted template. */
  static String placeholder(String name) {
    return "${secret(\"" + name + "\")}";
  }

  /** Whether a name is that of a setting of another secret. */
  static boolean isSetting(String name) {
    return name.endsWith(ACCOUNTS) || name.endsWith(HOSTS);
  }

  /**
   * Returns the value for a template of an account.
   *
   * @throws ExpressionFailure if the account may not use it, or it is not set, too short or too
   *     long
   */
  String value(String name, String account) {
    if (isSetting(name)) {
      throw new ExpressionFailure(
          "%s is a setting of a secret, not a secret; its name must not end in %s or %s"
              .formatted(name, ACCOUNTS, HOSTS));
    }
    if (!belongsTo(name, account)) {
      // The same whether it is set or not, so that other accounts do not learn which are.
      throw new ExpressionFailure(
          "the account may not use the secret %s; list the account in RUNBOOK_SECRET_%s%s"
              .formatted(name, name, ACCOUNTS));
    }
    @Nullable String value = read(name);
    if (value == null) {
      throw new ExpressionFailure(
          "the secret %s is not set; set the variable RUNBOOK_SECRET_%s or create its file"
              .formatted(name, name));
    }
    if (!isUsable(value)) {
      throw new ExpressionFailure(
          "the secret %s must have %d to %,d characters".formatted(name, MIN_LENGTH, MAX_LENGTH));
    }
    remember(name, value);
    return value;
  }

  private static boolean isUsable(String value) {
    return value.length() >= MIN_LENGTH && value.length() <= MAX_LENGTH;
  }

  private boolean belongsTo(String name, String account) {
    @Nullable String accounts = read(name + ACCOUNTS);
    return items(accounts == null ? DEFAULT_ACCOUNTS : accounts).contains(account);
  }

  /**
   * Returns the hosts that a secret may be sent to, each {@code host} or {@code host:port} in lower
   * case; null where it may be sent to every host that may be called.
   */
  public @Nullable Set<String> hosts(String name) {
    @Nullable String hosts = read(name + HOSTS);
    return hosts == null ? null : items(hosts.toLowerCase(Locale.ROOT));
  }

  private static Set<String> items(String list) {
    Set<String> items = new LinkedHashSet<>();
    for (String item : list.split(",", -1)) {
      if (!item.isBlank()) {
        items.add(item.strip());
      }
    }
    return items;
  }

  /**
   * Returns what masks secrets in the answers of servers.
   *
   * @param names of the secrets; those that the account may not use are not masked, because they
   *     were not sent, and whether they are masked would tell what they are
   */
  public SecretMask mask(Set<String> names, String account) {
    Map<String, Set<String>> values = new LinkedHashMap<>();
    Set<String> unreadable = new TreeSet<>();
    for (String name : new TreeSet<>(names)) {
      try {
        if (isSetting(name) || !belongsTo(name, account)) {
          continue;
        }
        Set<String> known = new LinkedHashSet<>(remembered.getOrDefault(name, List.of()));
        @Nullable String value = read(name);
        if (value != null && isUsable(value)) {
          known.add(value);
        }
        if (!known.isEmpty()) {
          values.put(name, known);
        }
      } catch (ExpressionFailure e) {
        unreadable.add(name);
      }
    }
    return new SecretMask(values, unreadable);
  }

  private void remember(String name, String value) {
    remembered.merge(
        name,
        List.of(value),
        (values, added) -> {
          if (values.getLast().equals(value)) {
            return values;
          }
          List<String> updated = new ArrayList<>(values);
          updated.remove(value);
          updated.add(value);
          return List.copyOf(
              updated.subList(Math.max(0, updated.size() - MAX_REMEMBERED), updated.size()));
        });
  }

  /** Returns the variable, else the content of the file; null where neither has a value. */
  private @Nullable String read(String name) {
    @Nullable String value = environment.apply("RUNBOOK_SECRET_" + name);
    if (value == null || value.isEmpty()) {
      value = readFile(name);
    }
    return value == null || value.isEmpty() ? null : value;
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
}
