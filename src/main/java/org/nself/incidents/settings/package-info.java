/**
 * The configuration of the service, read from environment variables and checked before anything
 * starts. Knows no other package.
 */
@NullMarked
package org.nself.incidents.settings;

import org.jspecify.annotations.NullMarked;
