@NullMarked
package org.nself.incidents.live.sse;

import org.jspecify.annotations.NullMarked;
