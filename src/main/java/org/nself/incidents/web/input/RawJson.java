package org.nself.incidents.web.input;

/**
 * A JSON value as text, checked. Values that only pass through, such as an event's data, are never
 * turned into objects and back.
 *
 * @param text valid JSON
 */
public record RawJson(String text) {}
