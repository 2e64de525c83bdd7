@NullMarked
package org.nself.incidents.web.response;

import org.jspecify.annotations.NullMarked;
