/**
 * Tests {@code hasura-metadata/} against the schema of the service, the migrated database, and
 * Hasura's rules as in the source of its engine.
 */
@NullMarked
package org.nself.incidents.hasura;

import org.jspecify.annotations.NullMarked;
