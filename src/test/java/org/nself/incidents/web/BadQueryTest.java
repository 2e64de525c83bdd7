package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertProblem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Parameters of a URL that are wrong. */
@ExtendWith(RunningService.class)
class BadQueryTest {

  private static final String INCIDENTS = "/api/v1/incidents";

  private final Api api;
  private final String incident;

  BadQueryTest(Service service) {
    this.api = service.admin();
    this.incident = INCIDENTS + "/" + api.open("Here before");
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0, limit",
    "limit=201, limit",
    "limit=-1, limit",
    "limit=, limit",
    "limit, limit",
    "limit=x, limit",
    "limit=1.0, limit",
    "limit=99999999999999999999, limit",
    "limit=1&limit=2, limit",
    "status=nope, status",
    "'status=open,', status",
    "severity=sev9, severity",
    "owner=%00, owner",
    "'owner=a,,b', owner",
    "service=, ''",
    "q=, q",
    "q=%00, q",
    "label=x, label",
    "label=x&label.a=b, label",
    "label.a=b&label=x, label",
    "label.=x, label.",
    "label.a=, label.a",
    "label.a=%00, label.a",
    "label.a=b&label.a=c, label.a",
    "opened_after=yesterday, opened_after",
    "opened_before=2026-01-01T00:00:00, opened_before",
    "updated_after=99999-01-01T00:00:00Z, updated_after",
    "sort=newest, sort",
    "cursor=, cursor",
    "nope=1, nope",
    "Limit=1, Limit",
    "status[]=open, status[]",
  })
  void aWrongParameterIsNamed(String query, String field) {
    Response response = api.get(INCIDENTS + "?" + query.replace("[", "%5B").replace("]", "%5D"));
    if (field.isEmpty()) {
      assertThat(response.expect(200).at("incidents").size())
          .as("an empty list matches nothing")
          .isZero();
    } else {
      assertProblem(response, 400, "invalid", field);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"q=%FF", "q=%C0%80", "q=%ED%A0%80", "=x", "limit=1&=", "%FF=1"})
  void aQueryThatCannotBeReadIsMalformed(String query) {
    assertProblem(api.get(INCIDENTS + "?" + query), 400, "invalid");
    assertProblem(api.get(incident + "?" + query), 400, "invalid");
    assertProblem(api.get(incident + "/timeline?" + query), 400, "invalid");
  }

  @Test
  void aPathWithoutParametersTakesNone() {
    assertProblem(api.get(incident + "?expand=all"), 400, "invalid", "expand");
    assertProblem(api.get(incident + "/timeline/verification?x"), 400, "invalid", "x");
    assertProblem(api.get(incident + "/timeline?before_seq=2"), 400, "invalid", "before_seq");
  }
}
