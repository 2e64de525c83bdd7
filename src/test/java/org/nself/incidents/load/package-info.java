/** Many at once, and things that break in the middle. */
@NullMarked
package org.nself.incidents.load;

import org.jspecify.annotations.NullMarked;
