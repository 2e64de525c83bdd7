package org.nself.incidents.web.graphql;

import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.scalars.ExtendedScalars;
import graphql.schema.Coercing;
import graphql.schema.CoercingParseLiteralException;
import graphql.schema.CoercingParseValueException;
import graphql.schema.CoercingSerializeException;
import graphql.schema.GraphQLScalarType;
import graphql.schema.idl.RuntimeWiring;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.Strings;
import org.nself.incidents.web.input.Timestamps;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** The scalars of the GraphQL schema. */
public final class Scalars implements RuntimeWiringConfigurer {

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .scalar(GraphQLScalarType.newScalar().name("UUID").coercing(new UuidCoercing()).build())
        .scalar(ExtendedScalars.Json)
        .scalar(
            GraphQLScalarType.newScalar()
                .name("DateTime")
                .coercing(new DateTimeCoercing())
                .build());
  }

  static final String DATE_TIME_EXPECTED =
      "must be an RFC 3339 date and time with an offset, such as 2026-03-01T02:59:07Z";

  /** Stricter than the UUID of extended-scalars, which accepts {@code 1-1-1-1-1}. */
  private static final class UuidCoercing implements Coercing<UUID, String> {

    @Override
    public String serialize(Object value, GraphQLContext context, Locale locale) {
      return value.toString();
    }

    @Override
    public UUID parseValue(Object value, GraphQLContext context, Locale locale) {
      @Nullable UUID id =
          value instanceof UUID known
              ? known
              : value instanceof String text ? Strings.uuid(text) : null;
      if (id == null) {
        throw new CoercingParseValueException("must be a UUID");
      }
      return id;
    }

    @Override
    public UUID parseLiteral(
        Value<?> value, CoercedVariables variables, GraphQLContext context, Locale locale) {
      @Nullable String text = value instanceof StringValue literal ? literal.getValue() : null;
      @Nullable UUID id = text == null ? null : Strings.uuid(text);
      if (id == null) {
        throw new CoercingParseLiteralException("must be a UUID");
      }
      return id;
    }

    @Override
    public Value<?> valueToLiteral(Object value, GraphQLContext context, Locale locale) {
      return new StringValue(String.valueOf(value));
    }
  }

  /** The DateTime of extended-scalars writes milliseconds; this one microseconds. */
  private static final class DateTimeCoercing implements Coercing<Instant, String> {

    @Override
    public String serialize(Object value, GraphQLContext context, Locale locale) {
      if (value instanceof Instant instant) {
        return Timestamps.format(instant);
      }
      throw new CoercingSerializeException("not an Instant");
    }

    @Override
    public Instant parseValue(Object value, GraphQLContext context, Locale locale) {
      if (value instanceof String text) {
        try {
          return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
          throw new CoercingParseValueException(DATE_TIME_EXPECTED);
        }
      }
      throw new CoercingParseValueException(DATE_TIME_EXPECTED);
    }

    @Override
    public Instant parseLiteral(
        Value<?> value, CoercedVariables variables, GraphQLContext context, Locale locale) {
      if (value instanceof StringValue text) {
        try {
          return OffsetDateTime.parse(text.getValue()).toInstant();
        } catch (DateTimeException e) {
          throw new CoercingParseLiteralException(DATE_TIME_EXPECTED);
        }
      }
      throw new CoercingParseLiteralException(DATE_TIME_EXPECTED);
    }

    @Override
    public Value<?> valueToLiteral(Object value, GraphQLContext context, Locale locale) {
      return new StringValue(String.valueOf(value));
    }
  }
}
