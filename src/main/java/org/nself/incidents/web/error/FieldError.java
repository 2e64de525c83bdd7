package org.nself.incidents.web.error;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/**
 * One thing wrong with one field.
 *
 * @param field its name as the caller wrote it: snake_case in REST, camelCase in GraphQL, dots into
 *     nested values
 * @param message what is wrong and what would be right
 */
@JsonClassDescription("One thing wrong with one field.")
public record FieldError(
    @JsonPropertyDescription("Its name as the caller wrote it, with dots into nested values.")
        String field,
    @JsonPropertyDescription("What is wrong and what would be right, to follow the name.")
        String message) {}
