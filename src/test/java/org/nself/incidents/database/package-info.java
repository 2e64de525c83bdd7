/** Tests of the connection pool, migrations, tenant isolation and the database's own invariants. */
@NullMarked
package org.nself.incidents.database;

import org.jspecify.annotations.NullMarked;
