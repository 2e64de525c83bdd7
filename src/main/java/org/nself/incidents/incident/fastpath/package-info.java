/**
 * Writes incidents as JSON without Jackson's reflection. Only for speed: {@code
 * -Dnself.fastpath=false} switches it off, and responses stay the same to the byte. See
 * bench/README.md for what it gains.
 */
@NullMarked
package org.nself.incidents.incident.fastpath;

import org.jspecify.annotations.NullMarked;
