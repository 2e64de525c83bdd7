package org.nself.incidents.fairness;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FairQueueTest {

  private final List<String> granted = new ArrayList<>();

  private FairQueue<String> queue(int permits, int reserve, FairQueue.Share share) {
    return new FairQueue<>(permits, reserve, share, granted::add);
  }

  private static void enqueue(FairQueue<String> queue, String... waiters) {
    for (String waiter : waiters) {
      queue.enqueue(waiter.substring(0, 1), waiter);
    }
  }

  /** Gives back one permit after the other until nobody waits, in the order of the grants. */
  private void releaseAll(FairQueue<String> queue) {
    for (int i = 0; queue.size() > 0; i++) {
      queue.release(granted.get(i).substring(0, 1));
    }
  }

  @Test
  void accountsTakeTurnsOfOnePermit() {
    FairQueue<String> queue = queue(1, 0, FairQueue.Share.HALF_WHEN_CONTENDED);
    assertThat(queue.tryAcquire("x")).isTrue();
    enqueue(queue, "a1", "a2", "a3", "b1", "b2", "c1");
    queue.release("x");
    releaseAll(queue);
    assertThat(granted).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
  }

  @Test
  void aTurnIsFourPermitsWhereTheyAreHeldBriefly() {
    FairQueue<String> queue = queue(1, 0, FairQueue.Share.HALF_WHEN_CONTENDED_BRIEFLY);
    assertThat(queue.tryAcquire("x")).isTrue();
    enqueue(queue, "a1", "a2", "a3", "a4", "a5", "a6", "b1", "b2", "c1");
    queue.release("x");
    releaseAll(queue);
    assertThat(granted).containsExactly("a1", "a2", "a3", "a4", "b1", "b2", "c1", "a5", "a6");
  }

  @Test
  void theReserveOfBriefPermitsIsClosedWhileEachIsHeldByAnotherAccount() {
    FairQueue<String> queue = queue(4, 2, FairQueue.Share.HALF_WHEN_CONTENDED_BRIEFLY);
    for (String account : List.of("a", "b", "c", "d")) {
      assertThat(queue.tryAcquire(account)).as("permit of " + account).isTrue();
    }
    assertThat(queue.tryAcquire("e")).as("a fifth account").isFalse();
  }

  @Test
  void theReserveOfBriefPermitsIsOpenWhileOneAccountHoldsAll() {
    FairQueue<String> queue = queue(4, 2, FairQueue.Share.HALF_WHEN_CONTENDED_BRIEFLY);
    for (int i = 0; i < 4; i++) {
      assertThat(queue.tryAcquire("a")).as("permit %d of a", i + 1).isTrue();
    }
    assertThat(queue.tryAcquire("b")).as("b, into the reserve").isTrue();
    assertThat(queue.tryAcquire("b")).as("b again").isFalse();
    assertThat(queue.tryAcquire("c")).as("c, into the reserve").isTrue();
    assertThat(queue.tryAcquire("d")).as("d, the reserve is used").isFalse();
    queue.release("a");
    queue.release("a");
    queue.release("a");
    assertThat(queue.tryAcquire("d")).as("d, of the permits").isTrue();
    assertThat(queue.tryAcquire("e")).as("e, one each is held by others").isFalse();
  }
}
