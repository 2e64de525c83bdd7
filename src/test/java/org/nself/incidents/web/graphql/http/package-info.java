@NullMarked
package org.nself.incidents.web.graphql.http;

import org.jspecify.annotations.NullMarked;
