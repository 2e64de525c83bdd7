/**
 * Signed statements of the state of timelines. A client that keeps one can verify later whether the
 * timeline up to it was changed, even by an owner of the database.
 */
@NullMarked
package org.nself.incidents.timeline.anchor;

import org.jspecify.annotations.NullMarked;
