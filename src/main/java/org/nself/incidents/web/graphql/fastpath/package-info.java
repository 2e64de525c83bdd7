/**
 * Completes plain GraphQL objects in one loop instead of field by field. Kept for speed only; see
 * bench/README.md.
 */
@NullMarked
package org.nself.incidents.web.graphql.fastpath;

import org.jspecify.annotations.NullMarked;
