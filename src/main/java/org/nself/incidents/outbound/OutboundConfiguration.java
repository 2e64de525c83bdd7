package org.nself.incidents.outbound;

import java.net.InetAddress;
import javax.net.ssl.SSLSocketFactory;
import org.nself.incidents.settings.RunbookSettings;
import org.nself.incidents.settings.Settings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class OutboundConfiguration {

  @Bean
  OutboundHttp outboundHttp(Settings settings) {
    RunbookSettings runbooks = settings.runbooks();
    return new OutboundHttp(
        new DestinationPolicy(runbooks.allowPrivateUrls(), runbooks.allowedPrivateHosts()),
        InetAddress::getAllByName,
        () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
  }
}
