package org.nself.incidents.ops;

import org.nself.incidents.settings.ConfigurationException;
import org.springframework.boot.SpringBootExceptionReporter;

/**
 * Keeps Spring's report of a failed start to itself where a setting is to blame: that is told in
 * one line by the program. Named in spring.factories.
 */
final class StartupFailureReporter implements SpringBootExceptionReporter {

  @Override
  public boolean reportException(Throwable failure) {
    return ConfigurationException.findCause(failure) != null;
  }
}
