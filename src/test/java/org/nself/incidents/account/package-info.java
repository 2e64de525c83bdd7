/** Tests of who is calling. */
@NullMarked
package org.nself.incidents.account;

import org.jspecify.annotations.NullMarked;
