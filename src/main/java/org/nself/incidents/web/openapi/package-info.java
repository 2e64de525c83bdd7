/** The OpenAPI document of the REST API. */
@NullMarked
package org.nself.incidents.web.openapi;

import org.jspecify.annotations.NullMarked;
