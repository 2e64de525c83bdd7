package org.nself.incidents.expression;

/** Compiles conditions and templates. One for the process, safe for any thread. */
public final class Expressions {

  /**
   * A condition: CEL that is true or false.
   *
   * @throws InvalidExpression where it does not compile, or uses a secret
   */
  public Condition condition(String text) {
    throw new InvalidExpression("not yet: " + text);
  }

  /**
   * A text with <code>${ CEL }</code> in it; <code>$${</code> stands for <code>${</code>.
   *
   * @throws InvalidExpression where one of the expressions does not compile or does not end
   */
  public Template template(String text) {
    throw new InvalidExpression("not yet: " + text);
  }
}
