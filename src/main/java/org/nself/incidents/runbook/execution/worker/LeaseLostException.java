package org.nself.incidents.runbook.execution.worker;

import java.io.Serial;

/** Another process has taken the execution up; this one must do nothing more for it. */
final class LeaseLostException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  LeaseLostException() {
    super("Another process has taken the execution up", null, false, false);
  }
}
