@NullMarked
package org.nself.incidents.web.graphql.fastpath;

import org.jspecify.annotations.NullMarked;
