package org.nself.incidents.live.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nself.incidents.live.LiveConnection;

/** A connection between the head of its response and the moment in which Tomcat hands it over. */
class SseConnectionTest {

  private final List<String> calls = new ArrayList<>();
  private final SseConnection connection = new SseConnection();

  SseConnectionTest() {
    connection.prepare(() -> calls.add("opened"), () -> calls.add("closed"));
  }

  @Test
  void theFirstHeartbeatMayPrecedeTheHandover() {
    connection.heartbeat();
    connection.start();
    assertThat(calls).containsExactly("opened");
  }

  @Test
  void aConnectionThatIsNeverHandedOverIsClosed() {
    connection.heartbeat();
    connection.heartbeat();
    assertThat(calls).containsExactly("closed");
  }

  @Test
  void aConnectionClosedBeforeTheHandoverDoesNotOpen() {
    connection.close(LiveConnection.CloseReason.EXPIRED);
    connection.start();
    assertThat(calls).containsExactly("closed");
  }

  @Test
  void drainingMayPrecedeTheHandover() {
    connection.close(LiveConnection.CloseReason.GOING_AWAY);
    assertThat(calls).containsExactly("closed");
  }
}
