/**
 * Authentication and authorization: turns the credentials of a request into a {@link
 * org.nself.incidents.security.Caller} with an account, a role and permissions.
 */
@NullMarked
package org.nself.incidents.security;

import org.jspecify.annotations.NullMarked;
