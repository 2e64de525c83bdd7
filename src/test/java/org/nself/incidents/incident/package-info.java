@NullMarked
package org.nself.incidents.incident;

import org.jspecify.annotations.NullMarked;
