package org.nself.incidents.settings;

import java.security.KeyPair;
import java.util.List;

/**
 * How timelines are anchored.
 *
 * @param anchorKeys Ed25519: the first signs, all verify; empty where anchors are off
 * @param anchorIntervalSeconds how often anchors of changed timelines are logged
 */
public record TimelineSettings(List<KeyPair> anchorKeys, int anchorIntervalSeconds) {}
