/**
 * Requests to servers that others name: guarded, so that they cannot be turned against the network
 * that the service runs in, and bounded in time and size.
 */
@NullMarked
package org.nself.incidents.outbound;

import org.jspecify.annotations.NullMarked;
