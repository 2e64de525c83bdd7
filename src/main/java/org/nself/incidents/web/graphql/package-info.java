/**
 * What all GraphQL controllers share: request limits, the document cache, scalars, batch loading
 * and Relay connections.
 */
@NullMarked
package org.nself.incidents.web.graphql;

import org.jspecify.annotations.NullMarked;
