@NullMarked
package org.nself.incidents.web.openapi;

import org.jspecify.annotations.NullMarked;
