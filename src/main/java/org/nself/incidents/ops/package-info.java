/**
 * Operation of the service: health, readiness, metrics, request logs, start-up failures, and the
 * embedded database for development. Knows no feature.
 */
@NullMarked
package org.nself.incidents.ops;

import org.jspecify.annotations.NullMarked;
