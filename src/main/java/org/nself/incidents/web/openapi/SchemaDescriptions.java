package org.nself.incidents.web.openapi;

import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLEnumValueDefinition;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLNamedSchemaElement;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.NamingStyle;

/**
 * What types, fields and values are for, in the words of the GraphQL schema, spelled as REST spells
 * names. The two speak of the same things, so it is said in one place.
 */
final class SchemaDescriptions {

  private static final Pattern CODE = Pattern.compile("`[^`]+`");
  private static final Pattern FIELD = Pattern.compile("(?<![A-Za-z])[a-z]+([A-Z][a-z]*)+");
  private static final Pattern VALUE = Pattern.compile("`[A-Z][A-Z_]+`");

  private final GraphQLSchema schema;

  SchemaDescriptions(GraphQLSchema schema) {
    this.schema = schema;
  }

  /** Null where there is no such type. */
  @Nullable String type(String type) {
    return schema.getType(type) instanceof GraphQLNamedSchemaElement named ? words(named) : null;
  }

  /**
   * Null where there is no such type or field.
   *
   * @param name in snake_case
   */
  @Nullable String field(@Nullable String type, String name) {
    return element(type, name) instanceof GraphQLNamedSchemaElement named ? words(named) : null;
  }

  /** The name of the type that a field or its items have; null where there is no such field. */
  @Nullable String typeOfField(@Nullable String type, String name) {
    @Nullable GraphQLType found =
        switch (element(type, name)) {
          case graphql.schema.GraphQLInputObjectField field -> field.getType();
          case GraphQLFieldDefinition field -> field.getType();
          case null, default -> null;
        };
    return found == null ? null : GraphQLTypeUtil.unwrapAll(found).getName();
  }

  private @Nullable Object element(@Nullable String type, String name) {
    if (type == null) {
      return null;
    }
    String field = camelCase(name);
    return switch (schema.getType(type)) {
      case GraphQLInputObjectType input -> input.getFieldDefinition(field);
      case GraphQLFieldsContainer output -> output.getFieldDefinition(field);
      case null, default -> null;
    };
  }

  /** What a value of an enum means; null where the schema has no such enum. */
  @Nullable String value(String type, String value) {
    @Nullable GraphQLEnumValueDefinition found =
        schema.getType(type) instanceof GraphQLEnumType vocabulary
            ? vocabulary.getValue(value)
            : null;
    return found == null ? null : words(found);
  }

  private static @Nullable String words(GraphQLNamedSchemaElement element) {
    @Nullable String description = element.getDescription();
    return description == null
        ? null
        : CODE.matcher(description)
            .replaceAll(code -> java.util.regex.Matcher.quoteReplacement(spelled(code)))
            .replace('\n', ' ');
  }

  private static String spelled(MatchResult code) {
    return VALUE.matcher(code.group()).matches()
        ? code.group().toLowerCase(Locale.ROOT)
        : FIELD
            .matcher(code.group())
            .replaceAll(name -> NamingStyle.SNAKE_CASE.field(name.group()));
  }

  private static String camelCase(String snakeCase) {
    return Pattern.compile("_(.)")
        .matcher(snakeCase)
        .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
  }
}
