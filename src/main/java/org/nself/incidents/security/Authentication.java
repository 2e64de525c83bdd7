package org.nself.incidents.security;

/**
 * A caller and how its credentials came.
 *
 * @param ambient whether a browser adds the credentials by itself, whichever page causes the
 *     request, as it does with a cookie; such a request may write only from our own origin
 */
public record Authentication(Caller caller, boolean ambient) {}
