/**
 * Reads request bodies, GraphQL input objects and query parameters strictly, reporting every
 * invalid field at once.
 */
@NullMarked
package org.nself.incidents.web.input;

import org.jspecify.annotations.NullMarked;
