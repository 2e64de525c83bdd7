/** Conditions and templates, without a service. */
@NullMarked
package org.nself.incidents.expression;

import org.jspecify.annotations.NullMarked;
