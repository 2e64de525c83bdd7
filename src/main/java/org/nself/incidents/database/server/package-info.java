/**
 * What is known of the server behind {@code DATABASE_URL}: how it is connected to, which cluster it
 * is and on which WAL timeline, whether a pooler is in between, and the role that requests run as.
 */
@NullMarked
package org.nself.incidents.database.server;

import org.jspecify.annotations.NullMarked;
