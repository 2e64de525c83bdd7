package org.nself.incidents.live.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nself.incidents.live.LiveConnection;

/** A stream between the head of its response and the moment in which Tomcat hands it over. */
class SseConnectionTest {

  private final List<String> said = new ArrayList<>();
  private final SseConnection stream = new SseConnection();

  SseConnectionTest() {
    stream.prepare(() -> said.add("opened"), () -> said.add("closed"));
  }

  @Test
  void itsFirstHeartbeatMayComeBeforeItIsHandedOver() {
    stream.heartbeat();
    stream.begin();
    assertThat(said).containsExactly("opened");
  }

  @Test
  void itIsLetGoWhereItIsNeverHandedOver() {
    stream.heartbeat();
    stream.heartbeat();
    assertThat(said).containsExactly("closed");
  }

  @Test
  void whatEndsBeforeItIsHandedOverDoesNotBegin() {
    stream.close(LiveConnection.CloseReason.EXPIRED);
    stream.begin();
    assertThat(said).containsExactly("closed");
  }

  @Test
  void itsGoodbyeMayComeBeforeItIsHandedOver() {
    stream.close(LiveConnection.CloseReason.GOING_AWAY);
    assertThat(said).containsExactly("closed");
  }
}
