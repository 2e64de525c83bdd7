/**
 * Access to PostgreSQL: the connection pool, tenant isolation (role and account are set in every
 * transaction), idempotency keys, migrations and LISTEN/NOTIFY. Knows no feature.
 */
@NullMarked
package org.nself.incidents.database;

import org.jspecify.annotations.NullMarked;
