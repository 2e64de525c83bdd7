/** What all HTTP adapters share: size limits, buffering, ETags and headers. Knows no feature. */
@NullMarked
package org.nself.incidents.web;

import org.jspecify.annotations.NullMarked;
