/**
 * The web console: serves its page and the API explorers, says who a caller is, and signs a browser
 * in to the try-out.
 */
@NullMarked
package org.nself.incidents.console;

import org.jspecify.annotations.NullMarked;
