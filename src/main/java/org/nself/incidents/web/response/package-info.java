/**
 * Limits of what responses hold in memory: the bytes of one response, and those of all responses
 * that clients have not taken yet.
 */
@NullMarked
package org.nself.incidents.web.response;

import org.jspecify.annotations.NullMarked;
