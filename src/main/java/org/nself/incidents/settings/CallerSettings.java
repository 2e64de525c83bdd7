package org.nself.incidents.settings;

import java.util.Map;

/**
 * How callers are told apart.
 *
 * @param trustedProxies the proxies whose {@code X-Forwarded-For} is believed
 * @param maxWrongTokens how many wrong tokens an address may send in a minute
 * @param roleMap the roles of this service by those of others, both in lower case
 */
public record CallerSettings(
    TrustedProxies trustedProxies, int maxWrongTokens, Map<String, String> roleMap) {}
