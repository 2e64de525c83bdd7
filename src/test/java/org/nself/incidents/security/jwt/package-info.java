@NullMarked
package org.nself.incidents.security.jwt;

import org.jspecify.annotations.NullMarked;
