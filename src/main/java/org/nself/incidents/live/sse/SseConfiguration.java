package org.nself.incidents.live.sse;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import(SseConnectionFactory.class)
class SseConfiguration {}
