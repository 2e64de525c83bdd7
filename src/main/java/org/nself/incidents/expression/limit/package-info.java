/**
 * Limits of evaluation: the threads on which expressions run, and the size of regular expressions
 * before they are compiled.
 */
@NullMarked
package org.nself.incidents.expression.limit;

import org.jspecify.annotations.NullMarked;
