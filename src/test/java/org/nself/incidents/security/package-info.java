@NullMarked
package org.nself.incidents.security;

import org.jspecify.annotations.NullMarked;
