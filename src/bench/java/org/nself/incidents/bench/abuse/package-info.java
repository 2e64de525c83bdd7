/** Abuse tests: what one caller can do to the others of the same process. */
@NullMarked
package org.nself.incidents.bench.abuse;

import org.jspecify.annotations.NullMarked;
