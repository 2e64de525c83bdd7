/**
 * Runbooks: what to do. A definition is checked whole when it is saved, and each change of it is a
 * version of its own that never changes again.
 */
@NullMarked
package org.nself.incidents.runbook;

import org.jspecify.annotations.NullMarked;
