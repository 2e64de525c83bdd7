package org.nself.incidents.web.openapi;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.type.TypeFactory;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ProblemDetailBody;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.RawJson;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatVisitorWrapper;
import tools.jackson.databind.jsonFormatVisitors.JsonObjectFormatVisitor;
import tools.jackson.databind.ser.BeanPropertyWriter;

/**
 * What responses look like. The members of a record are asked of the mapper that writes it, so
 * names, unwrapped records and members that may be left out are as they are on the wire; what may
 * be null is what the code marks so.
 */
final class OpenApiModels implements ModelConverter {

  static final String COMPONENT = "#/components/schemas/";

  private final JsonMapper mapper;
  private final SchemaDescriptions words;

  /** The enums that requests refer to; not every one is in a response too. */
  private final Map<String, Schema<?>> vocabularies = new ConcurrentHashMap<>();

  /** Those that have another name than their class. */
  private final Map<Class<?>, String> names = new HashMap<>();

  /** What each name was given to. */
  private final Map<String, Class<?>> types = new ConcurrentHashMap<>();

  OpenApiModels(JsonMapper mapper, SchemaDescriptions words, List<OpenApiTag> features) {
    this.mapper = mapper;
    this.words = words;
    names.put(ProblemDetailBody.class, ProblemDetailBody.MODEL);
    features.forEach(feature -> names.putAll(feature.names()));
  }

  @Override
  public @Nullable Schema<?> resolve(
      AnnotatedType type, ModelConverterContext context, Iterator<ModelConverter> chain) {
    Class<?> raw = TypeFactory.defaultInstance().constructType(type.getType()).getRawClass();
    if (raw == RawJson.class || raw == Object.class) {
      return new JsonSchema();
    }
    if (raw.isEnum() || raw.isRecord()) {
      String name = uniqueName(raw);
      if (!context.getDefinedModels().containsKey(name)) {
        define(name, raw, context);
      }
      return reference(name);
    }
    return chain.hasNext() ? chain.next().resolve(type, context, chain) : null;
  }

  private void define(String name, Class<?> type, ModelConverterContext context) {
    if (type.isEnum()) {
      context.defineModel(name, vocabulary(type, List.of(type.getEnumConstants())));
      return;
    }
    @Nullable JsonClassDescription own = type.getAnnotation(JsonClassDescription.class);
    Schema<?> object =
        new JsonSchema()
            .typesItem("object")
            .description(own == null ? words.type(name) : own.value());
    object.setName(name);
    // Before its members, which may hold others of it.
    context.defineModel(name, object);
    mapper.acceptJsonFormatVisitor(type, new Members(name, object, context));
  }

  /** A value of an enum: of all of it, or of a part. */
  <E extends Enum<E>> Schema<?> oneOf(List<E> accepted) {
    Class<E> type = accepted.getFirst().getDeclaringClass();
    if (!accepted.equals(List.of(type.getEnumConstants()))) {
      return vocabulary(type, accepted);
    }
    vocabularies.put(name(type), vocabulary(type, accepted));
    return reference(name(type));
  }

  Map<String, Schema<?>> vocabularies() {
    return vocabularies;
  }

  private Schema<?> vocabulary(Class<?> type, List<?> values) {
    JsonSchema schema = new JsonSchema();
    schema.typesItem("string");
    StringBuilder description = new StringBuilder();
    @Nullable String whole = words.type(name(type));
    if (whole != null) {
      description.append(whole).append("\n");
    }
    for (Object value : values) {
      Enum<?> constant = (Enum<?>) value;
      String word = NamingStyle.SNAKE_CASE.value(constant);
      schema.addEnumItemObject(word);
      @Nullable String meaning = words.value(name(type), constant.name());
      if (meaning != null) {
        description.append("\n- `%s`: %s".formatted(word, meaning));
      }
    }
    schema.description(description.isEmpty() ? null : description.toString());
    return schema;
  }

  private String name(Class<?> type) {
    return names.getOrDefault(type, type.getSimpleName());
  }

  private String uniqueName(Class<?> type) {
    String name = name(type);
    @Nullable Class<?> other = types.putIfAbsent(name, type);
    if (other != null && other != type) {
      throw new IllegalStateException(
          "%s and %s would both be called %s in the document".formatted(type, other, name));
    }
    return name;
  }

  static Schema<?> reference(String name) {
    return new JsonSchema().$ref(COMPONENT + name);
  }

  /** The same, or null. */
  static Schema<?> orNull(Schema<?> schema) {
    if (schema.get$ref() != null) {
      return new JsonSchema().addOneOfItem(schema).addOneOfItem(new JsonSchema().typesItem("null"));
    }
    return schema.getTypes() == null ? schema : schema.typesItem("null");
  }

  private final class Members extends JsonFormatVisitorWrapper.Base {
    private final String model;
    private final Schema<?> object;
    private final ModelConverterContext models;

    Members(String model, Schema<?> object, ModelConverterContext models) {
      this.model = model;
      this.object = object;
      this.models = models;
    }

    @Override
    public JsonObjectFormatVisitor expectObjectFormat(JavaType type) {
      return new JsonObjectFormatVisitor.Base(getContext()) {
        @Override
        public void property(BeanProperty property) {
          add(property);
        }

        @Override
        public void optionalProperty(BeanProperty property) {
          add(property);
        }
      };
    }

    private void add(BeanProperty property) {
      String name = property.getName();
      boolean optional =
          property instanceof BeanPropertyWriter writer && writer.willSuppressNulls();
      AnnotatedElement member = property.getMember().getAnnotated();
      Schema<?> schema =
          models.resolve(
              new AnnotatedType(type(member))
                  .schemaProperty(true)
                  .propertyName(name)
                  .parent(object));
      if (isNullable(member) && !optional) {
        schema = orNull(schema);
      }
      object.addProperty(name, schema.description(description(property)));
      if (!optional) {
        object.addRequiredItem(name);
      }
    }

    /** Its own; else that of the record that declares it, which may be unwrapped here. */
    private @Nullable String description(BeanProperty property) {
      @Nullable String own = property.getMetadata().getDescription();
      if (own != null) {
        return own;
      }
      String declaring = name(property.getMember().getDeclaringClass());
      @Nullable String declared = words.field(declaring, property.getName());
      return declared == null ? words.field(model, property.getName()) : declared;
    }

    private static Type type(AnnotatedElement member) {
      return switch (member) {
        case Method method -> method.getGenericReturnType();
        case Field field -> field.getGenericType();
        default -> throw new IllegalArgumentException(member + " is no member of a record");
      };
    }

    private static boolean isNullable(AnnotatedElement member) {
      return switch (member) {
        case Method method -> method.getAnnotatedReturnType().isAnnotationPresent(Nullable.class);
        case Field field -> field.getAnnotatedType().isAnnotationPresent(Nullable.class);
        default -> false;
      };
    }
  }
}
