package org.nself.incidents.node;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import(NodeGraphQlController.class)
class NodeConfiguration {}
