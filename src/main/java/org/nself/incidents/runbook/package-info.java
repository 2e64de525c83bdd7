/**
 * Runbooks: storing, listing and versioning their definitions. A definition is validated as a whole
 * when it is saved; each change makes a new, immutable version.
 */
@NullMarked
package org.nself.incidents.runbook;

import org.jspecify.annotations.NullMarked;
