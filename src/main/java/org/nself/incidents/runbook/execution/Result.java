package org.nself.incidents.runbook.execution;

import org.nself.incidents.outbound.Answer;
import org.nself.incidents.outbound.OutboundFailure;

/** What came of a request. */
sealed interface Result {

  String step();

  /** Which attempt at the step it was. */
  int number();

  record Answered(String step, int number, Answer answer) implements Result {}

  record Unanswered(String step, int number, OutboundFailure.Kind kind, String message)
      implements Result {}

  /** The process was not sure any more that it was the only one, so it did not send anything. */
  record Withheld(String step, int number) implements Result {}
}
