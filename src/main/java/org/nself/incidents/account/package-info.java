/**
 * Who is calling and what they may see. Turns a request's credentials into a {@link
 * org.nself.incidents.account.Caller}, and gives that caller's account a database connection that
 * can see no other account's rows.
 */
@NullMarked
package org.nself.incidents.account;

import org.jspecify.annotations.NullMarked;
