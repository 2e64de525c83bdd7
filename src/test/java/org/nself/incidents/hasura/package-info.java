/**
 * Whether {@code hasura-metadata/} fits: held against the schema that the service answers with, the
 * migrated database, and Hasura's own rules, of which the engine's source was the reference.
 */
@NullMarked
package org.nself.incidents.hasura;

import org.jspecify.annotations.NullMarked;
