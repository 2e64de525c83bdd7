/** Tests of running the service: as a process, as the packaged jar, on the embedded database. */
@NullMarked
package org.nself.incidents.ops;

import org.jspecify.annotations.NullMarked;
