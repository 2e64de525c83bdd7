import java.util.List;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ExecutionsApi;
import org.openapitools.client.api.IncidentsApi;
import org.openapitools.client.api.RunbooksApi;
import org.openapitools.client.model.*;

/** Calls a running service through the generated Java client: {@code Call URL TOKEN}. */
public final class Call {

  public static void main(String[] arguments) throws ApiException {
    ApiClient client = new ApiClient().setBasePath(arguments[0]);
    client.setBearerToken(arguments[1]);
    IncidentsApi incidents = new IncidentsApi(client);
    Incident opened =
        incidents.openIncident(
            new OpenIncident()
                .title("From Java")
                .severity(Severity.HIGH)
                .labels(Map.of("client", "java")),
            null);
    String id = opened.getId().toString();
    Incident changed =
        incidents.changeIncident(
            id, new ChangeIncident().status(IncidentStatus.ACKNOWLEDGED), null, null);
    require(changed.getStatus() == IncidentStatus.ACKNOWLEDGED, changed);
    IncidentDetail detail = incidents.getIncident(id, null);
    require(detail.getTimeline().size() >= 2, detail);
    IncidentList page =
        incidents.listIncidents(
            null,
            List.of(IncidentStatus.ACKNOWLEDGED, IncidentStatus.OPEN),
            null,
            null,
            null,
            null,
            List.of("client:java"),
            null,
            null,
            null,
            null,
            null,
            1,
            null,
            null);
    require(page.getIncidents().get(0).getNumber().equals(opened.getNumber()), page);
    Incident other = incidents.openIncident(new OpenIncident().title("The same"), null);
    Incident merged =
        incidents.mergeIncident(
            other.getId().toString(),
            new MergeIncident().into(new MergeIncidentInto(opened.getNumber())),
            null,
            null);
    require(opened.getId().equals(merged.getMergedInto()), merged);
    Runbook runbook =
        new RunbooksApi(client)
            .createRunbook(
                new CreateRunbook()
                    .name("Look")
                    .addStepsItem(
                        new RunbookStepDefinition().title("Look").kind(RunbookStepKind.MANUAL)),
                null);
    RunbookExecution execution =
        new ExecutionsApi(client)
            .startRunbook(
                runbook.getId().toString(), new StartRunbook().incidentId(opened.getId()), null);
    require(execution.getSteps().get(0).getTitle().equals("Look"), execution);
    try {
      incidents.getIncident("999999", null);
      throw new AssertionError("expected 404");
    } catch (ApiException e) {
      require(e.getCode() == 404, e);
    }
    System.out.println("Java: calls work");
  }

  private static void require(boolean condition, Object actual) {
    if (!condition) {
      throw new AssertionError(actual);
    }
  }
}
