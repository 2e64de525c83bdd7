package org.nself.incidents.expression;

/**
 * The work that all evaluations of a request, a dry run or a pass of the engine may cost together.
 * Work is counted before it is done, not measured, so that the same expressions over the same
 * values have the same result however busy the machine is.
 */
public final class WorkBudget {

  /** In units of about one nanosecond on a fast machine. */
  static final long MAX_COST = 250_000_000;

  static final String TOO_EXPENSIVE =
      "takes more work than all expressions of a request or a pass over an execution are allowed"
          + " together (250 ms)";

  private long cost;

  /**
   * @throws ExpressionFailure if the budget does not suffice; it stays exceeded
   */
  void charge(long units) {
    cost = Math.min(MAX_COST + 1, cost + Math.min(units, MAX_COST + 1));
    if (exceeded()) {
      throw new ExpressionFailure(TOO_EXPENSIVE);
    }
  }

  /** Whether an evaluation was refused, and all later ones will be. */
  public boolean exceeded() {
    return cost > MAX_COST;
  }
}
