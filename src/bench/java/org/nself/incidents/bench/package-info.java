/** Benchmarks, run by hand: bench/README.md says what each one measures and how to run it. */
@NullMarked
package org.nself.incidents.bench;

import org.jspecify.annotations.NullMarked;
