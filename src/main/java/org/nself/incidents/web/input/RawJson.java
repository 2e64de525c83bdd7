package org.nself.incidents.web.input;

/**
 * A JSON value as validated text. Values that are only stored and returned, such as the data of an
 * event, are not converted to objects and back.
 *
 * @param text valid JSON
 */
public record RawJson(String text) {}
