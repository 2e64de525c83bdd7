package org.nself.incidents.settings;

/**
 * How callers are told apart.
 *
 * @param trustedProxies the proxies whose {@code X-Forwarded-For} is believed
 * @param maxWrongTokens how many wrong tokens an address may send in a minute
 */
public record CallerSettings(TrustedProxies trustedProxies, int maxWrongTokens) {}
