package org.nself.incidents.web.input;

import java.time.Instant;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Configures Jackson for responses: names in snake_case, enums in lower case. GraphQL results are
 * maps with the names of the schema, which the mapper does not change.
 */
public final class JacksonConfiguration implements JsonMapperBuilderCustomizer {

  @Override
  public void customize(JsonMapper.Builder builder) {
    builder
        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
        .addModule(
            new SimpleModule("nself")
                .addSerializer(new InstantSerializer())
                .addSerializer(new RawJsonSerializer()));
  }

  private static final class InstantSerializer extends StdSerializer<Instant> {
    InstantSerializer() {
      super(Instant.class);
    }

    @Override
    public void serialize(Instant value, JsonGenerator generator, SerializationContext context) {
      generator.writeString(Timestamps.format(value));
    }
  }

  private static final class RawJsonSerializer extends StdSerializer<RawJson> {
    RawJsonSerializer() {
      super(RawJson.class);
    }

    @Override
    public void serialize(RawJson value, JsonGenerator generator, SerializationContext context) {
      generator.writeRawValue(value.text());
    }
  }
}
