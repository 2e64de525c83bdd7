/** Checks of compiled expressions beyond their types. */
@NullMarked
package org.nself.incidents.expression.check;

import org.jspecify.annotations.NullMarked;
