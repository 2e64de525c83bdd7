/** Tests of outbound requests against servers that misbehave. */
@NullMarked
package org.nself.incidents.outbound;

import org.jspecify.annotations.NullMarked;
