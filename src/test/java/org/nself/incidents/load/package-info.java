/** Concurrency, overload and failures: killed processes, outages, disconnected clients. */
@NullMarked
package org.nself.incidents.load;

import org.jspecify.annotations.NullMarked;
