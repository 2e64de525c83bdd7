package org.nself.incidents;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.ops.DevMode;
import org.nself.incidents.security.jwt.HasuraJwtConfig;
import org.nself.incidents.settings.ConfigurationException;
import org.nself.incidents.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.aot.AbstractAotProcessor;

/** Starts the service. */
@SpringBootApplication
public class IncidentManagementApplication {

  private static final Logger log = LoggerFactory.getLogger(IncidentManagementApplication.class);

  /** EX_CONFIG of sysexits.h. */
  private static final int MISCONFIGURED = 78;

  public static void main(String[] args) {
    if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
      // At build time, to generate bean definitions; Spring exits before it creates a bean that
      // needs
      // settings.
      new SpringApplication(IncidentManagementApplication.class).run();
      return;
    }
    try {
      @Nullable DevMode devMode = DevMode.ifRequested();
      if (devMode == null) {
        Settings settings = Settings.read(System::getenv);
        settings.requireLongSecrets();
        start(settings);
        settings.warnings().forEach(log::warn);
      } else {
        ConfigurableApplicationContext context = start(devMode.settings());
        devMode.printWelcome(context.getEnvironment().getProperty("local.server.port", "3833"));
      }
    } catch (RuntimeException e) {
      @Nullable ConfigurationException cause = ConfigurationException.findCause(e);
      if (cause == null) {
        throw e;
      }
      System.err.println("nself-incident-mgmt cannot start: " + cause.getMessage());
      System.exit(MISCONFIGURED);
    }
  }

  /** Starts the service in this process; closing the context stops it. */
  public static ConfigurableApplicationContext start(Settings settings) {
    // Checked here, because a web server that fails to start logs many lines of its own.
    var _ = HasuraJwtConfig.of(settings.hasuraJwtSecret(), settings.hasuraJwtSecrets());
    SpringApplication application = new SpringApplication(IncidentManagementApplication.class);
    application.setDefaultProperties(
        Map.of(
            "server.address", settings.bindAddress(),
            "server.port", String.valueOf(settings.port()),
            "server.tomcat.max-connections", String.valueOf(settings.inbound().maxConnections()),
            "server.tomcat.keep-alive-timeout", settings.inbound().keepAliveSeconds() + "s",
            "logging.level.org.nself", settings.logLevel()));
    application.addInitializers(
        context -> context.getBeanFactory().registerSingleton("settings", settings));
    long start = System.nanoTime();
    ConfigurableApplicationContext context = application.run();
    log.info(
        "Listening on {}:{} after {} ms",
        settings.bindAddress(),
        context.getEnvironment().getProperty("local.server.port"),
        (System.nanoTime() - start) / 1_000_000);
    return context;
  }
}
