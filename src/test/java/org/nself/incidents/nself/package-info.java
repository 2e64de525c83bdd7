/**
 * Tests what nself expects of a plug-in: manifest, Compose fragment, nginx configuration, legacy
 * API.
 */
@NullMarked
package org.nself.incidents.nself;

import org.jspecify.annotations.NullMarked;
