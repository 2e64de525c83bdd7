@NullMarked
package org.nself.incidents.web.cors;

import org.jspecify.annotations.NullMarked;
