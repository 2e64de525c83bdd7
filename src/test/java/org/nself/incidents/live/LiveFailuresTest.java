package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.TestPostgres;

/** A small form of what bench/live.sh complete does. */
@ExtendWith(RunningService.class)
class LiveFailuresTest {

  private static final LiveChaosTrial.Size SMALL =
      new LiveChaosTrial.Size(20, 6, 40, 50, 20, 12, 6, 1);

  private final TestPostgres postgres;

  LiveFailuresTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void nothingIsMissedRepeatedOrOutOfOrder() throws Exception {
    LiveChaosTrial.Outcome outcome = new LiveChaosTrial(postgres, SMALL).run();
    assertThat(outcome.events()).isGreaterThan(SMALL.writers() * SMALL.batches() * SMALL.batch());
    assertThat(outcome.connections())
        .as("connections of all readers")
        .isGreaterThan(SMALL.readers() * 3);
  }
}
