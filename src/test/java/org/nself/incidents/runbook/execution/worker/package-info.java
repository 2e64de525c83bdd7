@NullMarked
package org.nself.incidents.runbook.execution.worker;

import org.jspecify.annotations.NullMarked;
