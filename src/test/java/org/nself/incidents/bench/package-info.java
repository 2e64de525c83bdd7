/** Measurements, run by hand: what each measures and how to run it is in bench/README.md. */
@NullMarked
package org.nself.incidents.bench;

import org.jspecify.annotations.NullMarked;
