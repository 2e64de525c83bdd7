/** Clients that others have written, and their audits. */
@NullMarked
package org.nself.incidents.clients;

import org.jspecify.annotations.NullMarked;
