package org.nself.incidents.runbook.execution;

import java.io.Serial;

/** Another process has taken the execution up; this one must do nothing more for it. */
final class Superseded extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  Superseded() {
    super("Another process has taken the execution up", null, false, false);
  }
}
