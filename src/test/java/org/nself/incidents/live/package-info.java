@NullMarked
package org.nself.incidents.live;

import org.jspecify.annotations.NullMarked;
