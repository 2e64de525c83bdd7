/**
 * What every adapter shares: one error vocabulary, reading input, cursors, idempotency, the
 * scalars, and how both are written as JSON. Knows no feature.
 */
@NullMarked
package org.nself.incidents.api;

import org.jspecify.annotations.NullMarked;
