/** What nself's gateway and admin page send and read. */
@NullMarked
package org.nself.incidents.compat;

import org.jspecify.annotations.NullMarked;
