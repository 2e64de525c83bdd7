@NullMarked
package org.nself.incidents.metrics;

import org.jspecify.annotations.NullMarked;
