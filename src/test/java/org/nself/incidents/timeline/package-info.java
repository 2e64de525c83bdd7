@NullMarked
package org.nself.incidents.timeline;

import org.jspecify.annotations.NullMarked;
