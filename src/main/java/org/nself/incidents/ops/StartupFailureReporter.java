package org.nself.incidents.ops;

import org.nself.incidents.settings.ConfigurationException;
import org.springframework.boot.SpringBootExceptionReporter;

/**
 * Suppresses Spring's report of a failed start caused by a setting, which the program reports in
 * one line. Registered in spring.factories.
 */
final class StartupFailureReporter implements SpringBootExceptionReporter {

  @Override
  public boolean reportException(Throwable failure) {
    return ConfigurationException.findCause(failure) != null;
  }
}
