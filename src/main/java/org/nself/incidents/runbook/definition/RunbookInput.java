package org.nself.incidents.runbook.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a runbook asks for at the start.
 *
 * @param name in expressions: {@code inputs.NAME}
 * @param defaultValue a text, a whole number or a boolean, as the type says; null for none
 * @param values the words to choose from; empty unless the type is ENUM
 */
public record RunbookInput(
    String name,
    InputType type,
    boolean required,
    @JsonProperty("default") @Nullable Object defaultValue,
    List<String> values,
    @Nullable String description) {}
