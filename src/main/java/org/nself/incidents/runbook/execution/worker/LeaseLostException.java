package org.nself.incidents.runbook.execution.worker;

import java.io.Serial;

/** Another worker has claimed the execution; this one must not do anything more for it. */
final class LeaseLostException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  LeaseLostException() {
    super("Another worker has claimed the execution", null, false, false);
  }
}
