/** The documents, held to what they say. */
@NullMarked
package org.nself.incidents.readme;

import org.jspecify.annotations.NullMarked;
