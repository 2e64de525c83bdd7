package org.nself.incidents.web.error;

/**
 * One thing wrong with one field.
 *
 * @param field its name as the caller wrote it: snake_case in REST, camelCase in GraphQL, dots into
 *     nested values
 * @param message what is wrong and what would be right
 */
public record FieldError(String field, String message) {}
