package org.nself.incidents.runbook.execution.engine;

import org.nself.incidents.outbound.OutboundFailure;
import org.nself.incidents.outbound.OutboundResponse;

/** What came of a request. */
public sealed interface AttemptResult {

  String step();

  /** Which attempt at the step it was. */
  int number();

  record Responded(String step, int number, OutboundResponse answer) implements AttemptResult {}

  record Failed(String step, int number, OutboundFailure.Kind kind, String message)
      implements AttemptResult {}

  /** The process was not sure any more that it was the only one, so it did not send anything. */
  record NotSent(String step, int number) implements AttemptResult {}
}
