/**
 * Writes incidents as JSON without Jackson's reflection. Kept for speed only; see bench/README.md.
 */
@NullMarked
package org.nself.incidents.incident.fastpath;

import org.jspecify.annotations.NullMarked;
