package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

class InboundBudgetTest {

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final InboundBudget budget = new InboundBudget(400, metrics);

  @Test
  void anAccountTakesAQuarterAtMost() {
    try (InboundBudget.Share first = budget.open("a");
        InboundBudget.Share second = budget.open("a");
        InboundBudget.Share other = budget.open("b")) {
      first.take(60);
      second.take(40);
      assertThatThrownBy(() -> second.take(1))
          .isInstanceOfSatisfying(
              ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED));
      other.take(100);
      assertThat(used()).isEqualTo(200);
    }
    assertThat(used()).as("after all have been closed").isZero();
  }

  @Test
  void overTheWholeNothingIsTaken() {
    InboundBudget.Share[] shares = new InboundBudget.Share[4];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = budget.open("account " + i);
      shares[i].take(99);
    }
    try (InboundBudget.Share last = budget.open("last")) {
      last.take(4);
      assertThatThrownBy(() -> last.take(1))
          .isInstanceOfSatisfying(
              ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
      assertThat(used()).isEqualTo(400);
      shares[0].close();
      last.take(96);
    }
  }

  @Test
  void aClosedShareTakesNothing() {
    InboundBudget.Share share = budget.open("a");
    share.take(10);
    share.close();
    share.close();
    assertThatThrownBy(() -> share.take(1)).isInstanceOf(ApiException.class);
    assertThat(used()).isZero();
  }

  private double used() {
    return metrics.get("nself_incident_inbound_bytes").gauge().value();
  }
}
