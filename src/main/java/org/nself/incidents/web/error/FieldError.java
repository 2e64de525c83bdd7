package org.nself.incidents.web.error;

/**
 * An invalid field.
 *
 * @param field its name as the client wrote it: snake_case in REST, camelCase in GraphQL, with dots
 *     for nested values
 * @param message what is wrong and what is allowed
 */
public record FieldError(String field, String message) {}
