package org.nself.incidents.runbook.execution.engine;

import org.nself.incidents.outbound.OutboundFailure;
import org.nself.incidents.outbound.OutboundResponse;

/** The result of an HTTP request, as the dispatcher reports it. */
public sealed interface AttemptResult {

  /** The step's key. */
  String step();

  /** The attempt's number, from 1. */
  int number();

  record Responded(String step, int number, OutboundResponse response) implements AttemptResult {}

  record Failed(String step, int number, OutboundFailure.Kind kind, String message)
      implements AttemptResult {}

  /** The worker could not confirm that it holds the lease, so it did not send the request. */
  record NotSent(String step, int number) implements AttemptResult {}
}
