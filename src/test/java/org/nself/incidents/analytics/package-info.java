@NullMarked
package org.nself.incidents.analytics;

import org.jspecify.annotations.NullMarked;
