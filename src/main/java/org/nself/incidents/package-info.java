/**
 * The service: a package is a feature, and arrows between them go one way (see CONTRIBUTING.md).
 */
@NullMarked
package org.nself.incidents;

import org.jspecify.annotations.NullMarked;
