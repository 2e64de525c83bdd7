package org.nself.incidents.compat;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import(CompatRest.class)
class CompatConfiguration {}
