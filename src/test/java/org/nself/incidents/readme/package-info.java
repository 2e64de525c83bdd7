/** Runs the examples of the README. */
@NullMarked
package org.nself.incidents.readme;

import org.jspecify.annotations.NullMarked;
