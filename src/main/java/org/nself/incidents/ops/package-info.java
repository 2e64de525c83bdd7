/**
 * Running the service: settings, the database connection and whether it is there, migrations,
 * health, readiness, metrics, logs, and the embedded database for trying out. Knows no feature.
 */
@NullMarked
package org.nself.incidents.ops;

import org.jspecify.annotations.NullMarked;
