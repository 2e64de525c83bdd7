package org.nself.incidents.web.input;

import java.util.Locale;

/**
 * How a caller spells names: GraphQL writes {@code openedAt} and {@code SEV}, REST {@code
 * opened_at} and {@code sev}.
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

  /** A field's name as this caller writes it. */
  public abstract String field(String camelCase);

  /** An enum's value as this caller writes it. */
  public abstract String value(Enum<?> value);
}
