@NullMarked
package org.nself.incidents.web.graphql;

import org.jspecify.annotations.NullMarked;
