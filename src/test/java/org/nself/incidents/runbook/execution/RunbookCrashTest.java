package org.nself.incidents.runbook.execution;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.TestPostgres;

/** A short {@link CrashTrial}; {@code bench/runbooks.sh crash} runs the full one. */
@Isolated("It loads the machine.")
@ExtendWith(RunningService.class)
class RunbookCrashTest {

  private static final int EXECUTIONS = 120;

  private final TestPostgres postgres;

  RunbookCrashTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void otherWorkersTakeOverAfterCrashesAndNoUnsafeStepRunsTwice() throws Exception {
    try (CrashTrial trial = new CrashTrial(postgres.createDatabase())) {
      System.out.println(trial.takeover());
      System.out.println(trial.drain());
      System.out.println(trial.mixed(EXECUTIONS, Duration.ofSeconds(60), false));
    }
  }
}
