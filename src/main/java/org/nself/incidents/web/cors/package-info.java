/** Cross-origin requests of web pages (CORS). */
@NullMarked
package org.nself.incidents.web.cors;

import org.jspecify.annotations.NullMarked;
