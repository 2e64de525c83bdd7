@NullMarked
package org.nself.incidents.fairness;

import org.jspecify.annotations.NullMarked;
