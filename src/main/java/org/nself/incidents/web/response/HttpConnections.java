package org.nself.incidents.web.response;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/**
 * Closes HTTP connections from other threads than those that write to them. A servlet cannot: while
 * a client does not read, the thread that writes its response waits, for 20 seconds at each buffer.
 */
public final class HttpConnections
    implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

  private volatile @Nullable Protocol protocol;

  /** Tomcat's protocol; public, with a public constructor, because Tomcat instantiates it. */
  public static final class Protocol extends Http11NioProtocol {

    private void close(String connectionId) {
      for (SocketWrapperBase<NioChannel> connection : getEndpoint().getConnections()) {
        if (connection.getServletConnection("", "").getConnectionId().equals(connectionId)) {
          connection.close();
        }
      }
    }
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.setProtocol(Protocol.class.getName());
    factory.addConnectorCustomizers(
        connector -> protocol = (Protocol) connector.getProtocolHandler());
  }

  /** How to close the connection of a request; called while the request is processed. */
  Runnable disconnector(HttpServletRequest request) {
    String id = request.getServletConnection().getConnectionId();
    return () -> Objects.requireNonNull(protocol).close(id);
  }
}
