/**
 * The service. A package is a feature; dependencies between packages go one way (see
 * CONTRIBUTING.md).
 */
@NullMarked
package org.nself.incidents;

import org.jspecify.annotations.NullMarked;
