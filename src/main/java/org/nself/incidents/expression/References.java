package org.nself.incidents.expression;

import java.util.Set;

/**
 * What an expression names outright; what it computes, as in {@code steps[inputs.which]}, is not
 * among it.
 *
 * @param variables of {@code incident}, {@code inputs} and {@code steps}, those that occur
 * @param inputs the X of each {@code inputs.X}
 * @param steps the KEY of each {@code steps.KEY}
 * @param secrets the names of the secrets
 */
public record References(
    Set<String> variables, Set<String> inputs, Set<String> steps, Set<String> secrets) {}
