/** What tests stand on: a real PostgreSQL, the real service on a free port, and clients of it. */
@NullMarked
package org.nself.incidents.testing;

import org.jspecify.annotations.NullMarked;
