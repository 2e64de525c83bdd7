/** Whether nself takes the plug-in as it is: its manifest, its Compose fragment, its nginx file. */
@NullMarked
package org.nself.incidents.nself;

import org.jspecify.annotations.NullMarked;
