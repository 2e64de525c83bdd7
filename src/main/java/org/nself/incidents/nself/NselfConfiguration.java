package org.nself.incidents.nself;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import(LegacyIncidentController.class)
class NselfConfiguration {}
