package org.nself.incidents.expression;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an expression can see. Values are JSON's: maps, lists, texts, numbers, booleans, null.
 *
 * @param incident as REST writes it; null where there is none
 * @param inputs by name
 * @param steps by key: {@code status} and {@code output}
 */
public record Scope(
    @Nullable Map<String, ? extends @Nullable Object> incident,
    Map<String, ? extends @Nullable Object> inputs,
    Map<String, ? extends Map<String, ? extends @Nullable Object>> steps) {}
