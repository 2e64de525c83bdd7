@NullMarked
package org.nself.incidents.node;

import org.jspecify.annotations.NullMarked;
