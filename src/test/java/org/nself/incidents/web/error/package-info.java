@NullMarked
package org.nself.incidents.web.error;

import org.jspecify.annotations.NullMarked;
