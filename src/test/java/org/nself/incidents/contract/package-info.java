/**
 * Generated requests: whatever the OpenAPI document and the GraphQL schema allow, and what they do
 * not, is answered as they say.
 */
@NullMarked
package org.nself.incidents.contract;

import org.jspecify.annotations.NullMarked;
