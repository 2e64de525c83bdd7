/** Tests of the API of runbooks. */
@NullMarked
package org.nself.incidents.runbook;

import org.jspecify.annotations.NullMarked;
