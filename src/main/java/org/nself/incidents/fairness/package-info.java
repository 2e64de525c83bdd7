/**
 * Shares what all accounts of a process use out between them, so that none takes it from others.
 */
@NullMarked
package org.nself.incidents.fairness;

import org.jspecify.annotations.NullMarked;
