package org.nself.incidents.expression;

import java.util.Set;

/** A template, compiled. */
public final class Template {

  private final Set<String> secrets = Set.of();

  Template() {}

  /**
   * Fills it in.
   *
   * @throws ExpressionFailure where an expression has no value
   */
  public Rendered render(Scope scope) {
    throw new ExpressionFailure("not yet: " + scope);
  }

  /** The names of the secrets that it uses. */
  public Set<String> secrets() {
    return secrets;
  }
}
