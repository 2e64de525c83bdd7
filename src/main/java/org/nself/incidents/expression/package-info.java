/**
 * Conditions and templates of runbooks: CEL with a bounded cost, and secrets that are never stored
 * or returned. Of runbooks it knows only what an {@link
 * org.nself.incidents.expression.EvaluationContext} contains.
 */
@NullMarked
package org.nself.incidents.expression;

import org.jspecify.annotations.NullMarked;
