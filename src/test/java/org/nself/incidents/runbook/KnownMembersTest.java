package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** What can never hold, or always fails, is refused when a definition is saved. */
@ExtendWith(RunningService.class)
class KnownMembersTest {

  private final Api api;

  KnownMembersTest(Service service) {
    this.api = service.admin();
  }

  private static String definition(String condition) {
    return "{\"name\":\"Checked\",\"steps\":[{\"title\":\"s\",\"kind\":\"manual\"}],\"attach\":{\"condition\":\"%s\",\"mode\":\"start\"}}"
        .formatted(condition.replace("\\", "\\\\"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          incident.sevrity == 'critical'             | an incident has no member 'sevrity'
          incident['sevrity'] == 'critical'          | an incident has no member 'sevrity'
          has(incident.sevrity)                      | an incident has no member 'sevrity'
          incident.?sevrity.orValue('') == ''        | an incident has no member 'sevrity'
          incident[?'sevrity'].hasValue()            | an incident has no member 'sevrity'
          incident.?milestones.?startd.hasValue()    | incident.milestones has no member 'startd'
          incident.severity == 5                     | incident.severity is text, and 5 is not
          'x' != incident.number                     | incident.number is a number, and 'x' is not
          incident.occurrences > '3'                 | incident.occurrences is a number, and '3' is not
          incident.number in [1, 'two']              | incident.number is a number, and 'two' is not
          incident.services == 'db'                  | incident.services is a list, and 'db' is not
          incident.labels == ['db']                  | incident.labels is a map, and the list is not
          incident.title + 1 == 7                    | incident.title is text, and 1 is not
          incident.services.startsWith('db')         | incident.services is a list; startsWith takes text
          'db' in incident.title                     | incident.title is text; in takes a list or a map
          incident.severity == 'crit'                | incident.severity is never 'crit'
          incident.status in ['open', 'done']        | incident.status is never 'done'
          incident.title.matches('(')                | the regular expression '(' is not valid
          matches(incident.title, '[')               | the regular expression '[' is not valid
          duration('5 minutes') > duration('1s')     | '5 minutes' is not a duration
          timestamp('yesterday') < timestamp('2026-01-01T00:00:00Z') | 'yesterday' is not a timestamp
          timestamp(incident.opened_at).getHours('Mars/North') > 8   | 'Mars/North' is not a time zone
          """)
  void aConditionThatCannotHoldIsRefused(String condition, String message) {
    assertThat(api.post("/api/v1/runbooks", definition(condition)).expect(422).text("detail"))
        .contains("attach.condition: ", message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "incident.severity == 'critical' && incident.labels.anything == 'x'",
        "has(incident.labels.team) && incident.labels['team'] in ['db', 'web']",
        "incident.services.exists(incident, incident == 'db')",
        "incident.title.matches('^(a|b)+$') && incident.owner == null",
        "timestamp(incident.opened_at).getHours('Europe/Berlin') > 8",
        "incident.?owner.optMap(incident, incident.startsWith('a')).orValue(false)",
        "incident.number > 1.5 && incident.services.sort() == ['db'] && incident.labels != {}",
        "incident.title + 'x' != '' && 'db' in incident.labels && incident.number in [1, 2]",
        "timestamp(incident.opened_at) + duration('1h30m') >"
            + " timestamp('2026-01-01T00:00:00+02:00')",
      })
  void otherConditionsAreAccepted(String condition) {
    api.post("/api/v1/runbooks", definition(condition)).expect(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"${steps.look.ouput}", "${steps['look'].stats}"})
  void aMemberThatNoStepHasIsRefused(String template) {
    String body =
        """
        {"name": "Checked", "steps": [{"key": "look", "title": "l", "kind": "manual"},
          {"title": "n", "kind": "note", "note": {"message": "%s"}}]}
        """
            .formatted(template);
    assertThat(api.post("/api/v1/runbooks", body).expect(422).text("detail"))
        .contains("steps[1].note.message: a step has no member");
  }

  @Test
  void everyMemberOfAnIncidentInRestIsKnown() {
    api.open("Known");
    api.get("/api/v1/incidents?limit=1")
        .expect(200)
        .at("incidents/0")
        .propertyNames()
        .forEach(
            member ->
                api.post("/api/v1/runbooks", definition("has(incident." + member + ")"))
                    .expect(201));
  }
}
