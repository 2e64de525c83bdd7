/**
 * HTTP requests to URLs from user input: protected against server-side request forgery, and bounded
 * in time and size.
 */
@NullMarked
package org.nself.incidents.outbound;

import org.jspecify.annotations.NullMarked;
