package org.nself.incidents.settings;

import java.nio.file.Path;
import java.util.Set;

/**
 * What runbooks may reach.
 *
 * @param secretsDirectory a directory with a file per secret, as container engines mount them; it
 *     need not exist
 * @param allowPrivateUrls whether steps may call any address
 * @param allowedPrivateHosts hosts that steps may call at any address, each {@code host} or {@code
 *     host:port} in lower case
 */
public record RunbookSettings(
    Path secretsDirectory, boolean allowPrivateUrls, Set<String> allowedPrivateHosts) {}
