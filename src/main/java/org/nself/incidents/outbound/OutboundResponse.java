package org.nself.incidents.outbound;

import java.time.Duration;
import java.util.Map;

/**
 * The response of a server.
 *
 * @param headers by name in lower case; several of the same name are joined by commas
 * @param body up to 64 KiB, decompressed; invalid bytes and NUL are replaced by U+FFFD
 * @param truncated whether the body was longer
 */
public record OutboundResponse(
    int status, Map<String, String> headers, String body, boolean truncated, Duration took) {}
