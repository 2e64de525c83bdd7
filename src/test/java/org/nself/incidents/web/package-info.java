@NullMarked
package org.nself.incidents.web;

import org.jspecify.annotations.NullMarked;
