@NullMarked
package org.nself.incidents.incident.fastpath;

import org.jspecify.annotations.NullMarked;
