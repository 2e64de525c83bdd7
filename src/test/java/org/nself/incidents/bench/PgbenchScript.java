package org.nself.incidents.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The statements of a request as a script of pgbench: a pipeline for each round trip, the same
 * parameters, with an account and an incident drawn at random.
 *
 * @param variables what does not change from one transaction to the next, by name
 */
record PgbenchScript(String text, Map<String, String> variables) {

  private static final int VARCHAR = 1043;
  private static final int TEXT = 25;
  private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern PLACE = Pattern.compile("\\$(\\d+)");
  private static final Pattern MISTAKABLE = Pattern.compile("(?<!:):\\w");

  /**
   * @param sample what the recorded request was for
   * @param typeName the name of a type by its oid
   */
  static PgbenchScript of(
      List<List<WireRecorder.Statement>> roundTrips,
      Target sample,
      DatasetSize size,
      IntFunction<String> typeName) {
    return new Writer(sample, typeName).write(roundTrips, size);
  }

  private static final class Writer {
    private final Target sample;
    private final IntFunction<String> typeName;
    private final Map<String, String> variables = new LinkedHashMap<>();

    Writer(Target sample, IntFunction<String> typeName) {
      this.sample = sample;
      this.typeName = typeName;
    }

    PgbenchScript write(List<List<WireRecorder.Statement>> roundTrips, DatasetSize size) {
      StringBuilder text = new StringBuilder();
      text.append(
          """
          \\set account random(%d, %d)
          \\set number random(1, %d)
          \\set serial :account * %d + :number
          """
              .formatted(
                  Target.FIRST_ACCOUNT,
                  Target.FIRST_ACCOUNT + size.accounts() - 1,
                  size.incidentsOfAnAccount(),
                  Target.STRIDE));
      for (List<WireRecorder.Statement> trip : roundTrips) {
        text.append("\\startpipeline\n");
        trip.forEach(statement -> text.append(sql(statement)).append(";\n"));
        text.append("\\endpipeline\n");
      }
      return new PgbenchScript(text.toString(), variables);
    }

    private String sql(WireRecorder.Statement statement) {
      if (MISTAKABLE.matcher(statement.sql()).find()) {
        throw new BrokenPath("pgbench would take a colon for a variable in: " + statement.sql());
      }
      return PLACE
          .matcher(statement.sql().strip())
          .replaceAll(
              place ->
                  Matcher.quoteReplacement(
                      expression(
                          statement.parameters().get(Integer.parseInt(place.group(1)) - 1))));
    }

    private String expression(WireRecorder.Parameter parameter) {
      String cast = parameter.type() == 0 ? "" : "::" + typeName.apply(parameter.type());
      @Nullable String value = parameter.value();
      if (value == null) {
        return "null" + cast;
      }
      boolean isText =
          parameter.type() == 0 || parameter.type() == VARCHAR || parameter.type() == TEXT;
      String id = "'" + Target.ID_PREFIX + "' || :serial::text";
      if (isText && value.equals(sample.accountName())) {
        return ":account" + cast;
      }
      if (value.equals(sample.id())) {
        return "(" + id + ")" + (cast.isEmpty() ? "::uuid" : cast);
      }
      if (value.equals("{" + sample.id() + "}") || value.equals("{\"" + sample.id() + "\"}")) {
        return "array[" + id + "]" + cast;
      }
      if (value.contains(sample.id())) {
        throw new BrokenPath("An incident's id in a parameter that is not one: " + value);
      }
      // The id of something new: the service makes it itself.
      if (UUID.matcher(value).matches()) {
        return "uuidv7()" + cast;
      }
      String name = "p" + (variables.size() + 1);
      for (Map.Entry<String, String> variable : variables.entrySet()) {
        if (variable.getValue().equals(value)) {
          name = variable.getKey();
        }
      }
      variables.put(name, value);
      return ":" + name + cast;
    }
  }
}
