"""Calls a running service through the generated Python client: call.py URL TOKEN."""
import sys

import openapi_client as api

with api.ApiClient(api.Configuration(host=sys.argv[1], access_token=sys.argv[2])) as client:
    incidents = api.IncidentsApi(client)
    runbooks = api.RunbooksApi(client)
    opened = incidents.open_incident(
        api.OpenIncident(title="From Python", severity=api.Severity.HIGH, labels={"client": "python"}))
    changed = incidents.change_incident(
        str(opened.id), api.ChangeIncident(status=api.IncidentStatus.ACKNOWLEDGED))
    assert changed.status == api.IncidentStatus.ACKNOWLEDGED, changed
    detail = incidents.get_incident(str(opened.id))
    assert detail.title == "From Python" and len(detail.timeline) >= 2, detail
    page = incidents.list_incidents(status=[api.IncidentStatus.ACKNOWLEDGED, api.IncidentStatus.OPEN], limit=1)
    assert page.incidents[0].number == opened.number, page
    merge = incidents.open_incident(api.OpenIncident(title="The same"))
    merged = incidents.merge_incident(
        str(merge.id), api.MergeIncident(into=api.MergeIncidentInto(opened.number)))
    assert merged.merged_into == opened.id, merged
    runbook = runbooks.create_runbook(
        api.CreateRunbook(name="Look", steps=[api.RunbookStepDefinition(title="Look", kind=api.RunbookStepKind.MANUAL)]))
    execution = api.ExecutionsApi(client).start_runbook(str(runbook.id), api.StartRunbook(incident_id=opened.id))
    assert execution.steps[0].title == "Look", execution
    try:
        incidents.get_incident("999999")
        raise AssertionError("expected 404")
    except api.exceptions.NotFoundException as e:
        assert api.Problem.from_json(e.body).code == api.ProblemCode.NOT_FOUND, e.body
print("Python: calls work")
