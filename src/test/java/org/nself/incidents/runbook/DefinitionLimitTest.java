package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Many large definitions of one account. */
@ExtendWith(RunningService.class)
class DefinitionLimitTest {

  private static final String PATH = "/api/v1/runbooks";

  private final Service service;
  private final Api admin;

  DefinitionLimitTest(Service service) {
    this.service = service;
    this.admin = service.admin();
  }

  /** A runbook of almost a megabyte. */
  private static String large() {
    String steps =
        IntStream.range(0, 50)
            .mapToObj(
                i ->
                    "{\"key\":\"s%d\",\"title\":\"s\",\"kind\":\"manual\",\"instructions\":\"%s\"}"
                        .formatted(i, "i".repeat(20_000)))
            .collect(Collectors.joining(","));
    return "{\"name\":\"Large\",\"steps\":["
        + steps
        + "],\"attach\":{\"condition\":\"incident.severity == 'info'\"}}";
  }

  @Test
  void theDefinitionsOfAnAccountHaveAMaximumInAll() {
    String large = large();
    String first = admin.post(PATH, large).expect(201).text("id");
    for (int i = 1; i < 66; i++) {
      admin.post(PATH, large).expect(201);
    }
    assertThat(admin.post(PATH, large).expect(422).text()).contains("64 MiB", "archive");
    service.admin().post(PATH, large).expect(201);
    admin.patch(PATH + "/" + first, "{\"name\":\"As large\"}").expect(200);
    admin.delete(PATH + "/" + first).expect(200);
    admin.post(PATH, large).expect(201);
  }

  @Test
  void allTriggersOfManyLargeRunbooksAreEvaluated() {
    String runbook = admin.post(PATH, large()).expect(201).text("id");
    // As an earlier version stored them: more than the limit on an account's definitions.
    new DirectDatabase(service.databaseUrl())
        .execute(
            """
            with copies as (
              insert into np_runbooks (source_account_id, id, name, created_by)
              select source_account_id, gen_random_uuid(), name, created_by
              from np_runbooks, generate_series(1, 299) where id = '%s'
              returning source_account_id, id, name, created_by
            )
            insert into np_runbook_versions (source_account_id, runbook_id, version, name, definition, created_by)
            select copies.source_account_id, copies.id, 1, copies.name, version.definition, copies.created_by
            from copies, np_runbook_versions version where version.runbook_id = '%s'
            """
                .formatted(runbook, runbook));
    String incident = admin.open("It is critical");
    admin.patch("/api/v1/incidents/" + incident, "{\"severity\":\"info\"}").expect(200);
    Eventually.until(
        Duration.ofSeconds(30),
        "300 suggestions",
        () ->
            new DirectDatabase(service.databaseUrl())
                    .number(
                        "select count(*) from np_runbook_attachments where incident_id = '%s'"
                            .formatted(incident))
                == 300);
  }
}
