/**
 * Conditions and templates of runbooks: CEL, bounded in what it may cost, and secrets that are read
 * and never shown. Knows of runbooks only what a {@link
 * org.nself.incidents.expression.EvaluationContext} holds.
 */
@NullMarked
package org.nself.incidents.expression;

import org.jspecify.annotations.NullMarked;
