package org.nself.incidents.bench;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.bench.Dataset.IncidentTarget;
import org.nself.incidents.bench.WireRecorder.Parameter;
import org.nself.incidents.bench.WireRecorder.Statement;
import org.nself.incidents.bench.Workload.Request;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.StatementCounter;

/**
 * The statements of a request as a script of pgbench: a pipeline for each round trip, the same
 * parameters, with a random account and incident.
 *
 * @param variables constants of the script, by name
 */
record PgbenchScript(String text, Map<String, String> variables) {

  /** The driver prepares a statement on the server when it has run a few times. */
  private static final int REPETITIONS = 8;

  private static final int VARCHAR = 1043;
  private static final int TEXT = 25;
  private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern PARAMETER = Pattern.compile("\\$(\\d+)");
  private static final Pattern VARIABLE = Pattern.compile("(?<!:):\\w");

  /**
   * @param settings of the service's sessions
   */
  record Recorded(Map<Request, PgbenchScript> scripts, Map<String, String> settings) {}

  /** Starts a service on a migrated or an empty database and records each request. */
  static Recorded record(
      Cluster cluster, String database, Dataset.Size size, List<Workload> workloads)
      throws SQLException {
    IncidentTarget target = size.random(new Random(11));
    WireRecorder recorder = new WireRecorder();
    Map<Request, List<List<Statement>>> recorded = new LinkedHashMap<>();
    try (StatementCounter proxy = StatementCounter.before(cluster.url(database), recorder);
        ServiceProcess service =
            ServiceUnderTest.start(
                proxy.databaseUrl(),
                Map.of("DATABASE_POOL_SIZE", "1", "LISTEN_DATABASE_URL", "off"))) {
      for (Workload workload : workloads) {
        for (Request request : workload.requests()) {
          for (int i = 0; i < REPETITIONS; i++) {
            recorded.put(request, recorder.record(() -> Wrk.send(service, request, target)));
          }
        }
      }
    }
    Map<Integer, String> types = new HashMap<>();
    for (List<List<Statement>> roundTrips : recorded.values()) {
      for (List<Statement> statements : roundTrips) {
        for (Statement statement : statements) {
          for (Parameter parameter : statement.parameters()) {
            int type = parameter.type();
            types.put(type, cluster.text(database, "select format_type(%d, null)", type));
          }
        }
      }
    }
    Map<Request, PgbenchScript> scripts = new HashMap<>();
    recorded.forEach(
        (request, roundTrips) ->
            scripts.put(
                request,
                new Writer(target, type -> types.getOrDefault(type, "")).write(roundTrips, size)));
    return new Recorded(scripts, recorder.settings());
  }

  /** How many round trips to the database a request makes. */
  int roundTrips() {
    return text.split("startpipeline", -1).length - 1;
  }

  private static final class Writer {
    private final IncidentTarget sample;
    private final IntFunction<String> typeName;
    private final Map<String, String> variables = new LinkedHashMap<>();

    Writer(IncidentTarget sample, IntFunction<String> typeName) {
      this.sample = sample;
      this.typeName = typeName;
    }

    PgbenchScript write(List<List<Statement>> roundTrips, Dataset.Size size) {
      StringBuilder text = new StringBuilder();
      text.append(
          """
          \\set account random(%d, %d)
          \\set number random(1, %d)
          \\set serial :account * %d + :number
          """
              .formatted(
                  Dataset.FIRST_ACCOUNT,
                  Dataset.FIRST_ACCOUNT + size.accounts() - 1,
                  size.incidentsPerAccount(),
                  Dataset.STRIDE));
      for (List<Statement> statements : roundTrips) {
        text.append("\\startpipeline\n");
        statements.forEach(statement -> text.append(sql(statement)).append(";\n"));
        text.append("\\endpipeline\n");
      }
      return new PgbenchScript(text.toString(), variables);
    }

    private String sql(Statement statement) {
      if (VARIABLE.matcher(statement.sql()).find()) {
        throw new IllegalStateException("pgbench reads a variable in: " + statement.sql());
      }
      return PARAMETER
          .matcher(statement.sql().strip())
          .replaceAll(
              match ->
                  Matcher.quoteReplacement(
                      expression(
                          statement.parameters().get(Integer.parseInt(match.group(1)) - 1))));
    }

    private String expression(Parameter parameter) {
      String cast = parameter.type() == 0 ? "" : "::" + typeName.apply(parameter.type());
      @Nullable String value = parameter.value();
      if (value == null) {
        return "null" + cast;
      }
      boolean isText =
          parameter.type() == 0 || parameter.type() == VARCHAR || parameter.type() == TEXT;
      String id = "'" + Dataset.ID_PREFIX + "' || :serial::text";
      if (isText && value.equals(String.valueOf(sample.account()))) {
        return ":account" + cast;
      }
      if (value.equals(sample.id())) {
        return "(" + id + ")" + (cast.isEmpty() ? "::uuid" : cast);
      }
      if (value.equals("{\"" + sample.id() + "\"}")) {
        return "array[" + id + "]" + cast;
      }
      if (value.contains(sample.id())) {
        throw new IllegalStateException("An incident's id within a parameter: " + value);
      }
      // The id of a new row: the service makes it.
      if (UUID.matcher(value).matches()) {
        return "uuidv7()" + cast;
      }
      String name =
          variables.entrySet().stream()
              .filter(variable -> variable.getValue().equals(value))
              .map(Map.Entry::getKey)
              .findFirst()
              .orElse("p" + (variables.size() + 1));
      variables.put(name, value);
      return ":" + name + cast;
    }
  }
}
