@NullMarked
package org.nself.incidents.settings;

import org.jspecify.annotations.NullMarked;
