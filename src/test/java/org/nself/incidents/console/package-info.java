/** Tests of the web console's server side. */
@NullMarked
package org.nself.incidents.console;

import org.jspecify.annotations.NullMarked;
