package org.nself.incidents.testing;

import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Injects the {@link TestPostgres} and the {@link Service} that tests share. Each test uses its own
 * account; a test that stops or breaks something starts its own service.
 */
public final class RunningService implements ParameterResolver {

  /** The first test vector of RFC 8032. */
  public static final String ANCHOR_KEY =
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

  private static final Namespace SHARED = Namespace.create(RunningService.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Service.class || type == TestPostgres.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Service.class
        ? service(context)
        : postgres(context);
  }

  private static TestPostgres postgres(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(SHARED)
        .computeIfAbsent(TestPostgres.class, _ -> TestPostgres.start(), TestPostgres.class);
  }

  private static Service service(ExtensionContext context) {
    TestPostgres postgres = postgres(context);
    return context
        .getRoot()
        .getStore(SHARED)
        .computeIfAbsent(Service.class, _ -> start(postgres), Service.class);
  }

  private static Service start(TestPostgres postgres) {
    String database = postgres.createDatabase();
    return Service.start(
        database,
        Map.of(
            "DATABASE_URL",
            postgres.forPlainLogin(database),
            "ALLOWED_PRIVATE_HOSTS",
            "127.0.0.1",
            "TIMELINE_ANCHOR_KEY",
            ANCHOR_KEY));
  }
}
