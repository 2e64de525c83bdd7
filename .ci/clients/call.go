// Calls a running service through the generated Go client: call URL TOKEN.
package main

import (
	"context"
	"fmt"
	"os"

	openapi "github.com/GIT_USER_ID/GIT_REPO_ID"
)

func main() {
	configuration := openapi.NewConfiguration()
	configuration.Servers[0].URL = os.Args[1]
	client := openapi.NewAPIClient(configuration)
	ctx := context.WithValue(context.Background(), openapi.ContextAccessToken, os.Args[2])

	open := openapi.NewOpenIncident("From Go")
	open.SetSeverity(openapi.HIGH)
	open.SetLabels(map[string]string{"client": "go"})
	opened, _, err := client.IncidentsAPI.OpenIncident(ctx).OpenIncident(*open).Execute()
	check(err, opened != nil, opened)

	change := openapi.NewChangeIncident()
	change.SetStatus(openapi.ACKNOWLEDGED)
	changed, _, err := client.IncidentsAPI.ChangeIncident(ctx, opened.Id).ChangeIncident(*change).Execute()
	check(err, changed.GetStatus() == openapi.ACKNOWLEDGED, changed)

	detail, _, err := client.IncidentsAPI.GetIncident(ctx, opened.Id).Execute()
	check(err, len(detail.GetTimeline()) >= 2, detail)

	page, _, err := client.IncidentsAPI.ListIncidents(ctx).
		Status([]openapi.IncidentStatus{openapi.ACKNOWLEDGED, openapi.OPEN}).Limit(1).Execute()
	check(err, page.Incidents[0].Number == opened.Number, page)

	other, _, err := client.IncidentsAPI.OpenIncident(ctx).OpenIncident(*openapi.NewOpenIncident("The same")).Execute()
	check(err, other != nil, other)
	into := openapi.Int32AsMergeIncidentInto(&opened.Number)
	merged, _, err := client.IncidentsAPI.MergeIncident(ctx, other.Id).MergeIncident(*openapi.NewMergeIncident(into)).Execute()
	check(err, merged.GetMergedInto() == opened.Id, merged)

	step := openapi.NewRunbookStepDefinition("Look", openapi.MANUAL)
	runbook, _, err := client.RunbooksAPI.CreateRunbook(ctx).
		CreateRunbook(*openapi.NewCreateRunbook("Look", []openapi.RunbookStepDefinition{*step})).Execute()
	check(err, runbook != nil, runbook)
	start := openapi.NewStartRunbook()
	start.SetIncidentId(opened.Id)
	execution, _, err := client.ExecutionsAPI.StartRunbook(ctx, runbook.Id).StartRunbook(*start).Execute()
	check(err, execution.Steps[0].Title == "Look", execution)

	_, response, err := client.IncidentsAPI.GetIncident(ctx, "999999").Execute()
	check(nil, err != nil && response.StatusCode == 404, err)
	fmt.Println("Go: calls work")
}

func check(err error, condition bool, actual any) {
	if apiError, ok := err.(*openapi.GenericOpenAPIError); ok {
		panic(fmt.Sprintf("%v: %s", err, apiError.Body()))
	}
	if err != nil {
		panic(err)
	}
	if !condition {
		panic(fmt.Sprintf("unexpected: %v", actual))
	}
}
