package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream between the head of its response and the moment in which Tomcat hands it over. */
class EventStreamTest {

  private final List<String> said = new ArrayList<>();
  private final EventStream stream = new EventStream();

  EventStreamTest() {
    stream.prepare(() -> said.add("opened"), () -> said.add("closed"));
  }

  @Test
  void itsFirstHeartbeatMayComeBeforeItIsHandedOver() {
    stream.beat();
    stream.begin();
    assertThat(said).containsExactly("opened");
  }

  @Test
  void itIsLetGoWhereItIsNeverHandedOver() {
    stream.beat();
    stream.beat();
    assertThat(said).containsExactly("closed");
  }

  @Test
  void whatEndsBeforeItIsHandedOverDoesNotBegin() {
    stream.end(LiveConnection.Ending.EXPIRED);
    stream.begin();
    assertThat(said).containsExactly("closed");
  }

  @Test
  void itsGoodbyeMayComeBeforeItIsHandedOver() {
    stream.end(LiveConnection.Ending.GOING_AWAY);
    assertThat(said).containsExactly("closed");
  }
}
