/** Reads objects of several types by a global id (Relay's object identification). */
@NullMarked
package org.nself.incidents.node;

import org.jspecify.annotations.NullMarked;
