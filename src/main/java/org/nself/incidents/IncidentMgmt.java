package org.nself.incidents;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.HasuraJwtSettings;
import org.nself.incidents.ops.Settings;
import org.nself.incidents.ops.SettingsProblem;
import org.nself.incidents.ops.TryOut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.aot.AbstractAotProcessor;

/** Starts the service. */
@SpringBootApplication
public class IncidentMgmt {

  private static final Logger log = LoggerFactory.getLogger(IncidentMgmt.class);

  /** EX_CONFIG of sysexits.h. */
  private static final int MISCONFIGURED = 78;

  public static void main(String[] args) {
    if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
      // At build time, to see what there is; Spring ends it before anything is made that would want
      // settings.
      new SpringApplication(IncidentMgmt.class).run();
      return;
    }
    try {
      @Nullable TryOut tryOut = TryOut.ifAsked();
      if (tryOut == null) {
        start(Settings.read(System::getenv));
      } else {
        ConfigurableApplicationContext context = start(Settings.read(tryOut::variable));
        tryOut.welcome(context.getEnvironment().getProperty("local.server.port", "3833"));
      }
    } catch (RuntimeException e) {
      @Nullable SettingsProblem problem = SettingsProblem.behind(e);
      if (problem == null) {
        throw e;
      }
      System.err.println("nself-incident-mgmt cannot start: " + problem.getMessage());
      System.exit(MISCONFIGURED);
    }
  }

  /** Starts the service in this process; closing the context stops it. */
  public static ConfigurableApplicationContext start(Settings settings) {
    // Looked at here, because a web server that cannot start says so in many lines of its own.
    HasuraJwtSettings.of(settings.hasuraJwtSecret());
    SpringApplication application = new SpringApplication(IncidentMgmt.class);
    application.setDefaultProperties(
        Map.of(
            "server.address", settings.bindAddress(),
            "server.port", String.valueOf(settings.port()),
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
