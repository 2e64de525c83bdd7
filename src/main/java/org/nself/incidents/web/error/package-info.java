/** Errors in one vocabulary for REST (RFC 9457) and GraphQL ({@code extensions.code}). */
@NullMarked
package org.nself.incidents.web.error;

import org.jspecify.annotations.NullMarked;
