/** Runbooks as a caller sees them. */
@NullMarked
package org.nself.incidents.runbook;

import org.jspecify.annotations.NullMarked;
