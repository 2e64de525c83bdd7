/**
 * Verifies JWTs as Hasura does, by Hasura's own configuration ({@code HASURA_GRAPHQL_JWT_SECRET}).
 * Nimbus-jose-jwt parses JWKs and verifies signatures; Hasura's configuration, its claims map and
 * its lenient checks of registered claims are implemented here.
 */
@NullMarked
package org.nself.incidents.security.jwt;

import org.jspecify.annotations.NullMarked;
