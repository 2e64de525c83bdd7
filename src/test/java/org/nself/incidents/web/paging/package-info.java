@NullMarked
package org.nself.incidents.web.paging;

import org.jspecify.annotations.NullMarked;
