package org.nself.incidents.ops;

import org.springframework.boot.SpringBootExceptionReporter;

/**
 * Keeps Spring's report of a failed start to itself where a setting is to blame: that is told in
 * one line by the program. Named in spring.factories.
 */
final class StartFailure implements SpringBootExceptionReporter {

  @Override
  public boolean reportException(Throwable failure) {
    return SettingsProblem.behind(failure) != null;
  }
}
