package org.nself.incidents.runbook.definition;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.RequestSizeLimitFilter;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Reads YAML 1.2, restricted to what JSON can express: no aliases, because a small text with
 * aliases can expand to a huge value, and no tags, because tags create objects. In the core schema
 * of YAML 1.2 {@code no} and {@code on} are strings.
 *
 * <p>Jackson's YAML parser is not used: it reads an alias as the string of its name, ignores tags
 * or decodes {@code !!binary}, and rejects {@code .inf} as a syntax error.
 */
public final class YamlReader {

  private static final int MAX_DEPTH = 48;

  private static final Set<String> CORE_TAGS =
      Set.of("str", "int", "float", "bool", "null", "map", "seq");

  private static final Pattern NUMBER = Pattern.compile("[-+]?\\.?[0-9][0-9a-fA-FxXoO.+-]*");

  /** The parser's default. */
  private static final int MIN_BUFFER = 1_024;

  private YamlReader() {}

  /**
   * The parser copies all that it has not consumed, such as a long comment or scalar, each time it
   * fills its buffer; so it gets the whole text at once.
   */
  private static LoadSettings settings(String text) {
    return LoadSettings.builder()
        .setSchema(new CoreSchema())
        .setAllowDuplicateKeys(false)
        .setAllowNonScalarKeys(false)
        .setCodePointLimit(RequestSizeLimitFilter.MAX_BYTES)
        .setBufferSize(Math.max(MIN_BUFFER, text.length()))
        .setLabel("the body")
        .build();
  }

  /**
   * Returns the members of the one mapping in a request's body.
   *
   * @throws ApiException {@code invalid} with status 400, if the body is not exactly one mapping in
   *     UTF-8 without duplicate names
   */
  public static Map<String, @Nullable Object> parseObject(byte[] utf8) {
    String text = decode(utf8);
    return asMembers(parse(text, () -> new Load(settings(text)).loadFromString(text)));
  }

  /**
   * Returns the members of the mappings in a stream of documents, which {@code ---} separates.
   * Empty documents are left out.
   *
   * @throws ApiException as {@link #parseObject}, and if there are more than {@code max}
   */
  public static List<Map<String, @Nullable Object>> parseObjects(byte[] utf8, int max) {
    String text = decode(utf8);
    return parse(
        text,
        () -> {
          List<Map<String, @Nullable Object>> objects = new ArrayList<>();
          for (Object document : new Load(settings(text)).loadAllFromString(text)) {
            if (document == null) {
              continue;
            }
            if (objects.size() == max) {
              throw ApiException.malformed("The body has more than %,d documents".formatted(max));
            }
            objects.add(asMembers(document));
          }
          return objects;
        });
  }

  private static <T extends @Nullable Object> T parse(String text, Supplier<T> load) {
    try {
      check(text);
      return load.get();
    } catch (MarkedYamlEngineException e) {
      throw malformed(e.getProblem(), e.getProblemMark().orElse(null));
    } catch (YamlEngineException e) {
      throw malformed("it cannot be parsed", null);
    }
  }

  private static Map<String, @Nullable Object> asMembers(@Nullable Object value) {
    if (value == null) {
      throw ApiException.malformed("The body is empty; send a YAML mapping");
    }
    if (value instanceof Map<?, ?> map) {
      return members(map);
    }
    throw ApiException.malformed("The body must be one YAML mapping");
  }

  private static String decode(byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw ApiException.malformed("The body is not UTF-8");
    }
  }

  /** Checks event by event, so that no value is built from a body that is rejected. */
  private static void check(String text) {
    int depth = 0;
    int digits = 0;
    int events = 0;
    for (Event event : new Parse(settings(text)).parseString(text)) {
      @Nullable Mark mark = event.getStartMark().orElse(null);
      if (++events > StrictJson.MAX_TOKENS) {
        throw malformed(
            "it has more than %,d names and values".formatted(StrictJson.MAX_TOKENS), mark);
      }
      switch (event) {
        case AliasEvent _ ->
            throw malformed("aliases are not allowed; repeat the value instead", mark);
        case CollectionStartEvent start -> {
          if (++depth > MAX_DEPTH) {
            throw malformed("it is nested more than " + MAX_DEPTH + " levels deep", mark);
          }
          checkTag(start.getTag().orElse(null), mark);
        }
        case CollectionEndEvent _ -> depth--;
        case ScalarEvent scalar -> {
          checkTag(scalar.getTag().orElse(null), mark);
          digits += checkLength(scalar, mark);
          if (digits > StrictJson.MAX_ALL_DIGITS) {
            throw malformed(
                "its numbers have more than %,d digits in all".formatted(StrictJson.MAX_ALL_DIGITS),
                mark);
          }
        }
        default -> {}
      }
    }
  }

  private static void checkTag(@Nullable String tag, @Nullable Mark mark) {
    if (tag != null && !CORE_TAGS.contains(tag.replaceFirst("^tag:yaml\\.org,2002:", ""))) {
      throw malformed("the tag " + ApiException.excerpt(tag) + " is not allowed", mark);
    }
  }

  /** Before a number of any length is parsed, which takes more than linear time. */
  private static int checkLength(ScalarEvent scalar, @Nullable Mark mark) {
    if (!scalar.isPlain() || !NUMBER.matcher(scalar.getValue()).matches()) {
      return 0;
    }
    if (scalar.getValue().length() > StrictJson.MAX_DIGITS) {
      throw malformed("a number has more than " + StrictJson.MAX_DIGITS + " digits", mark);
    }
    return scalar.getValue().length();
  }

  private static ApiException malformed(String reason, @Nullable Mark mark) {
    String position =
        mark == null
            ? ""
            : " (line %d, column %d)".formatted(mark.getLine() + 1, mark.getColumn() + 1);
    return ApiException.malformed("The body is not accepted as YAML: " + reason + position);
  }

  private static Map<String, @Nullable Object> members(Map<?, ?> map) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    map.forEach(
        (name, value) -> {
          // Numbers and booleans are accepted as names of headers and labels.
          if (members.containsKey(String.valueOf(name))) {
            throw ApiException.malformed(
                "The body has the name '%s' more than once"
                    .formatted(ApiException.excerpt(String.valueOf(name))));
          }
          members.put(String.valueOf(name), withStringKeys(value));
        });
    return members;
  }

  private static @Nullable Object withStringKeys(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> members(map);
      case List<?> list -> {
        List<@Nullable Object> items = new ArrayList<>();
        list.forEach(item -> items.add(withStringKeys(item)));
        yield items;
      }
      case null, default -> value;
    };
  }
}
