package org.nself.incidents.web.openapi;

import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;

/**
 * An input that notes what is asked of it. A command that reads itself from one says, by doing so,
 * which members it knows and what it accepts in them: the OpenAPI document is made of that, and so
 * cannot say anything else than the code that enforces it.
 */
public final class OpenApiInput extends InputReader {

  private final OpenApiProperties members;

  /**
   * @param values what to read: empty, or what makes the command ask for more
   * @param members where to note what is asked
   */
  OpenApiInput(Map<String, ? extends @Nullable Object> values, OpenApiProperties members) {
    super(values, NamingStyle.SNAKE_CASE);
    this.members = members;
  }

  private void note(String field, Schema<?> schema) {
    members.note(naming().field(field), schema);
  }

  private void require(String field) {
    members.require(naming().field(field));
  }

  @Override
  public @Nullable Object value(String field) {
    members.mention(naming().field(field));
    return super.value(field);
  }

  @Override
  public boolean isNull(String field) {
    members.mention(naming().field(field));
    return super.isNull(field);
  }

  @Override
  public @Nullable String string(String field, int max) {
    note(field, textOf(max));
    return super.string(field, max);
  }

  @Override
  public String requiredString(String field, int max) {
    note(field, textOf(max));
    require(field);
    return super.requiredString(field, max);
  }

  private static Schema<?> textOf(int max) {
    return new JsonSchema().typesItem("string").minLength(1).maxLength(max);
  }

  @Override
  public @Nullable UUID uuid(String field) {
    note(field, new JsonSchema().typesItem("string").format("uuid"));
    return super.uuid(field);
  }

  @Override
  public UUID requiredUuid(String field) {
    require(field);
    return super.requiredUuid(field);
  }

  @Override
  public @Nullable Integer integer(String field, int min, int max) {
    note(field, wholeNumberOf(min, max));
    return super.integer(field, min, max);
  }

  private static Schema<?> wholeNumberOf(int min, int max) {
    return new JsonSchema()
        .typesItem("integer")
        .format("int32")
        .minimum(BigDecimal.valueOf(min))
        .maximum(BigDecimal.valueOf(max));
  }

  @Override
  public int requiredInteger(String field, int min, int max) {
    require(field);
    return super.requiredInteger(field, min, max);
  }

  @Override
  public @Nullable Boolean bool(String field) {
    note(field, new JsonSchema().typesItem("boolean"));
    return super.bool(field);
  }

  @Override
  public @Nullable Instant instant(String field) {
    note(field, new JsonSchema().typesItem("string").format("date-time"));
    return super.instant(field);
  }

  @Override
  public <E extends Enum<E>> @Nullable E enumValue(
      String field, Function<String, @Nullable E> parse, List<E> accepted) {
    note(field, members.oneOf(accepted));
    return super.enumValue(field, parse, accepted);
  }

  @Override
  public <E extends Enum<E>> @Nullable List<E> enumValues(
      String field, Function<String, @Nullable E> parse, List<E> accepted) {
    note(field, listOf(members.oneOf(accepted)).maxItems(maxListSize(accepted)));
    return super.enumValues(field, parse, accepted);
  }

  @Override
  public @Nullable List<String> strings(String field, int maxItems, int maxLength) {
    note(field, listOf(textOf(maxLength)).maxItems(maxItems));
    return super.strings(field, maxItems, maxLength);
  }

  @Override
  public @Nullable List<Integer> integers(String field, int maxItems, int min, int max) {
    note(field, listOf(wholeNumberOf(min, max)).maxItems(maxItems));
    return super.integers(field, maxItems, min, max);
  }

  private static Schema<?> listOf(Schema<?> item) {
    JsonSchema list = new JsonSchema();
    list.typesItem("array");
    list.items(item);
    return list;
  }

  @Override
  public @Nullable Map<String, String> labels(String field) {
    note(
        field,
        new JsonSchema()
            .typesItem("object")
            .maxProperties(MAX_LABELS)
            .propertyNames(new JsonSchema().pattern("^(?:" + LABEL_NAME + ")$"))
            .additionalProperties(textOf(MAX_LABEL_VALUE)));
    return super.labels(field);
  }

  @Override
  public Set<String> nullMembers(String field) {
    members.allowNullMembers(naming().field(field));
    return super.nullMembers(field);
  }

  @Override
  public @Nullable RawJson json(String field, StrictJson format) {
    note(field, new JsonSchema());
    return super.json(field, format);
  }

  /** There even where the member is absent, so that its own members are asked for. */
  @Override
  public InputReader object(String field) {
    return nested(value(field), members.nested(naming().field(field)));
  }

  /** Has an item even where the member is absent, so that an item's members are asked for. */
  @Override
  public List<InputReader> objects(String field, int maxItems) {
    OpenApiProperties item = members.nestedItem(naming().field(field), maxItems);
    List<InputReader> items = new ArrayList<>();
    if (value(field) instanceof List<?> given) {
      given.forEach(value -> items.add(nested(value, item)));
    } else {
      items.add(nested(null, item));
    }
    return items;
  }

  private static InputReader nested(@Nullable Object value, OpenApiProperties members) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, member) -> values.put(String.valueOf(name), member));
    }
    return new OpenApiInput(values, members);
  }
}
