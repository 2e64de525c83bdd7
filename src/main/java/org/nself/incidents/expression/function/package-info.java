/** Functions of expressions beyond those of CEL's standard, and those that differ from it. */
@NullMarked
package org.nself.incidents.expression.function;

import org.jspecify.annotations.NullMarked;
