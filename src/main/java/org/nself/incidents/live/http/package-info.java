/** GraphQL over HTTP: one result as JSON, or many as Server-Sent Events. */
@NullMarked
package org.nself.incidents.live.http;

import org.jspecify.annotations.NullMarked;
