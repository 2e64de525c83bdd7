/**
 * The paths and shapes that nself's gateway and admin page called before there was {@code /api/v1}.
 * The same services and the same authentication, in other words; nothing new is for this room.
 */
@NullMarked
package org.nself.incidents.compat;

import org.jspecify.annotations.NullMarked;
