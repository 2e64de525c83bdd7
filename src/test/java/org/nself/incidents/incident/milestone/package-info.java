@NullMarked
package org.nself.incidents.incident.milestone;

import org.jspecify.annotations.NullMarked;
