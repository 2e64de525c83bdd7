/** Pages and cursors, as the Relay cursor connections specification defines them. */
@NullMarked
package org.nself.incidents.web.paging;

import org.jspecify.annotations.NullMarked;
