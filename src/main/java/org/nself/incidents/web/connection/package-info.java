/** TCP connections of clients: what each is doing, and how long it may. */
@NullMarked
package org.nself.incidents.web.connection;

import org.jspecify.annotations.NullMarked;
