/** Runbook definitions: the model, and parsing and validation of JSON and YAML. */
@NullMarked
package org.nself.incidents.runbook.definition;

import org.jspecify.annotations.NullMarked;
