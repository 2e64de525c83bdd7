package org.nself.incidents.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nself.incidents.outbound.OutboundFailure.Kind;

/** Requests that are cancelled before they are sent. */
class AbortedCallTest {

  @Test
  void aRequestCancelledAfterConnectingIsNotSent() throws Exception {
    try (RawServer server = RawServer.answering("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
        OutboundHttp http = Client.unrestricted()) {
      OutboundRequest call =
          new OutboundRequest("primary", "POST", server.url("/"), Map.of(), "x", Client.LONG);
      OutboundFailure failure =
          catchThrowableOfType(OutboundFailure.class, () -> http.send(call, () -> false));
      assertThat(failure.kind()).isEqualTo(Kind.ABORTED);
      assertThat(http.send(call, () -> true).body()).isEqualTo("ok");
      assertThat(server.heads()).as("received requests").hasSize(1);
    }
  }
}
