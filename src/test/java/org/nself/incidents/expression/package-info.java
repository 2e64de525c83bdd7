/** Tests of conditions and templates without a running service. */
@NullMarked
package org.nself.incidents.expression;

import org.jspecify.annotations.NullMarked;
