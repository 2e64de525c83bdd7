/** GraphQL over HTTP: reads requests, chooses the format of responses, keeps persisted queries. */
@NullMarked
package org.nself.incidents.web.graphql.http;

import org.jspecify.annotations.NullMarked;
