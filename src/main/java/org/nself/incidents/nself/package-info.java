/**
 * The request and response shapes that nSelf's gateway and admin page use ({@code /incidents/...}).
 */
@NullMarked
package org.nself.incidents.nself;

import org.jspecify.annotations.NullMarked;
