package org.nself.incidents.expression;

import java.util.Set;

/**
 * What an expression names literally. Computed names, as in {@code steps[inputs.which]}, are not
 * included.
 *
 * @param variables those of {@code incident}, {@code inputs} and {@code steps} that occur
 * @param inputs the X of each {@code inputs.X}
 * @param steps the KEY of each {@code steps.KEY}
 * @param secrets the names of the secrets
 */
public record References(
    Set<String> variables, Set<String> inputs, Set<String> steps, Set<String> secrets) {}
