package org.nself.incidents.outbound;

import java.time.Duration;
import java.util.Map;

/**
 * What a server answered.
 *
 * @param headers by name in lower case; several of one name joined by commas
 * @param body up to 64 KiB, decompressed; what is no text in its charset and NUL are U+FFFD
 * @param truncated whether there was more
 */
public record OutboundResponse(
    int status, Map<String, String> headers, String body, boolean truncated, Duration took) {}
