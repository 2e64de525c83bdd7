/**
 * Verifies JWTs as Hasura does, by Hasura's own configuration ({@code HASURA_GRAPHQL_JWT_SECRET}).
 * Keys and claims are checked by nimbus-jose-jwt; Hasura's configuration format and claims map are
 * ours.
 */
@NullMarked
package org.nself.incidents.security.jwt;

import org.jspecify.annotations.NullMarked;
