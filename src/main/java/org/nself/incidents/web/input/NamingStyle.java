package org.nself.incidents.web.input;

import java.util.Locale;

/**
 * The spelling of names: {@code openedAt} and {@code OPEN} in GraphQL, {@code opened_at} and {@code
 * open} in REST.
 */
public enum NamingStyle {
  CAMEL_CASE {
    @Override
    public String field(String camelCase) {
      return camelCase;
    }

    @Override
    public String value(Enum<?> value) {
      return value.name();
    }
  },
  SNAKE_CASE {
    @Override
    public String field(String camelCase) {
      StringBuilder name = new StringBuilder(camelCase.length() + 4);
      for (int i = 0; i < camelCase.length(); i++) {
        char c = camelCase.charAt(i);
        if (Character.isUpperCase(c)) {
          name.append('_');
        }
        name.append(Character.toLowerCase(c));
      }
      return name.toString();
    }

    @Override
    public String value(Enum<?> value) {
      return value.name().toLowerCase(Locale.ROOT);
    }
  };

  /** The name of a field in this style. */
  public abstract String field(String camelCase);

  /** The name of an enum value in this style. */
  public abstract String value(Enum<?> value);
}
