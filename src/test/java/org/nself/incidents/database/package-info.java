/** What the database itself holds to, whoever writes. */
@NullMarked
package org.nself.incidents.database;

import org.jspecify.annotations.NullMarked;
