package org.nself.incidents.runbook.definition;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.RequestSizeLimitFilter;
import org.nself.incidents.web.error.ApiException;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
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
 * Reads and writes YAML 1.2, as far as it says what JSON can: no aliases, which make small texts
 * large, and no tags, which make objects. In the core schema of 1.2 {@code no} and {@code on} are
 * texts.
 */
public final class YamlReader {

  private static final int MAX_DEPTH = 48;

  private static final Set<String> CORE_TAGS =
      Set.of("str", "int", "float", "bool", "null", "map", "seq");

  private static final LoadSettings READING =
      LoadSettings.builder()
          .setSchema(new CoreSchema())
          .setAllowDuplicateKeys(false)
          .setAllowNonScalarKeys(false)
          .setCodePointLimit(RequestSizeLimitFilter.MAX_BYTES)
          .setLabel("the body")
          .build();

  private static final DumpSettings WRITING =
      DumpSettings.builder()
          .setSchema(new CoreSchema())
          .setDefaultFlowStyle(FlowStyle.BLOCK)
          .setSplitLines(false)
          .setIndent(2)
          .setIndicatorIndent(2)
          .setIndentWithIndicator(true)
          .setDereferenceAliases(true)
          .build();

  private YamlReader() {}

  /**
   * The members of a mapping.
   *
   * @param utf8 a whole body
   * @throws ApiException {@code invalid} with status 400, where it is not one mapping in UTF-8
   *     without repeated names
   */
  public static Map<String, @Nullable Object> object(byte[] utf8) {
    String text = decoded(utf8);
    @Nullable Object value;
    try {
      check(text);
      value = new Load(READING).loadFromString(text);
    } catch (MarkedYamlEngineException e) {
      throw fault(e.getProblem(), e.getProblemMark().orElse(null));
    } catch (YamlEngineException e) {
      throw ApiException.malformed("The body is not YAML that is read here");
    }
    if (value == null) {
      throw ApiException.malformed("The body is empty; send a YAML mapping");
    }
    if (value instanceof Map<?, ?> map) {
      return members(map);
    }
    throw ApiException.malformed("The body must be one YAML mapping");
  }

  private static String decoded(byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw ApiException.malformed("The body is not UTF-8");
    }
  }

  /** Event by event, so that nothing is built of what is refused. */
  private static void check(String text) {
    int depth = 0;
    for (Event event : new Parse(READING).parseString(text)) {
      @Nullable Mark mark = event.getStartMark().orElse(null);
      switch (event) {
        case AliasEvent _ ->
            throw fault("an alias is not read; write out what it stands for", mark);
        case CollectionStartEvent start -> {
          if (++depth > MAX_DEPTH) {
            throw fault("it is nested more than " + MAX_DEPTH + " levels deep", mark);
          }
          checkTag(start.getTag().orElse(null), mark);
        }
        case CollectionEndEvent _ -> depth--;
        case ScalarEvent scalar -> checkTag(scalar.getTag().orElse(null), mark);
        default -> {}
      }
    }
  }

  private static void checkTag(@Nullable String tag, @Nullable Mark mark) {
    if (tag != null && !CORE_TAGS.contains(tag.replaceFirst("^tag:yaml\\.org,2002:", ""))) {
      throw fault("its tags are not read", mark);
    }
  }

  private static ApiException fault(String fault, @Nullable Mark mark) {
    String place =
        mark == null
            ? ""
            : " (line %d, column %d)".formatted(mark.getLine() + 1, mark.getColumn() + 1);
    return ApiException.malformed("The body is not YAML that is read here: " + fault + place);
  }

  private static Map<String, @Nullable Object> members(Map<?, ?> map) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    map.forEach(
        (name, value) -> {
          // A number or a boolean for a name is meant as its text, as in headers and labels.
          if (members.containsKey(String.valueOf(name))) {
            throw ApiException.malformed("The body has the name '%s' twice".formatted(name));
          }
          members.put(String.valueOf(name), plain(value));
        });
    return members;
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> members(map);
      case List<?> list -> {
        List<@Nullable Object> items = new ArrayList<>();
        list.forEach(item -> items.add(plain(item)));
        yield items;
      }
      case null, default -> value;
    };
  }

  /** The value as a document; texts of several lines as block scalars. */
  public static String write(Map<String, ? extends @Nullable Object> value) {
    return new Dump(WRITING).dumpToString(value);
  }
}
