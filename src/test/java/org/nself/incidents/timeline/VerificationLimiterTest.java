package org.nself.incidents.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

class VerificationLimiterTest {

  private final AtomicLong now = new AtomicLong();
  private final VerificationLimiter limiter =
      new VerificationLimiter(Duration.ofSeconds(10), now::get, new SimpleMeterRegistry());

  private void verify(String account, int seconds) {
    limiter.run(account, () -> now.addAndGet(Duration.ofSeconds(seconds).toNanos()));
  }

  @Test
  void anAccountThatHasUsedItsTimeWaitsAsLongAsItsVerificationsTook() {
    verify("a", 4);
    verify("a", 8);
    assertThatThrownBy(() -> verify("a", 1))
        .satisfies(
            thrown -> assertThat(((ApiException) thrown).code()).isEqualTo(ErrorCode.RATE_LIMITED))
        .hasMessageContaining("try again in");
    verify("b", 4);
    now.addAndGet(Duration.ofSeconds(12).toNanos());
    verify("a", 1);
  }

  @Test
  void anAccountVerifiesOneThingAtATime() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch ended = new CountDownLatch(20);
    for (int i = 0; i < 20; i++) {
      Thread.ofVirtual()
          .start(
              () -> {
                limiter.run(
                    "a",
                    () -> {
                      most.accumulateAndGet(running.incrementAndGet(), Math::max);
                      LockSupport.parkNanos(1_000_000);
                      return running.decrementAndGet();
                    });
                ended.countDown();
              });
    }
    ended.await();
    assertThat(most.get()).isEqualTo(1);
  }
}
