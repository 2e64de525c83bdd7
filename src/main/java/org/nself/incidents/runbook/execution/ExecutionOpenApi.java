package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.nself.incidents.runbook.execution.engine.ApprovalDecision;
import org.nself.incidents.runbook.execution.engine.AttemptOutcome;
import org.nself.incidents.runbook.execution.engine.Decision;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.StepCommand;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.runbook.execution.worker.StartRunbook;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.openapi.OpenApiRequest;
import org.nself.incidents.web.openapi.OpenApiTag;
import org.nself.incidents.web.paging.PageRequest;

/** Describes {@link ExecutionController} in the OpenAPI document. */
final class ExecutionOpenApi {

  private static final String RUNBOOK = "/api/v1/runbooks/{id}";
  private static final String EXECUTION = "/api/v1/runbook-executions/{id}";
  private static final String STEP = EXECUTION + "/steps/{key}";
  private static final String ID = "The execution's id.";
  private static final String KEY = "The step's key.";
  private static final String WRITERS = "Needs the role user, responder or admin.";
  private static final String STATE = "The step's status does not allow it.";

  private static final UUID ANY = new UUID(0, 0);

  private ExecutionOpenApi() {}

  static OpenApiTag describe(StrictJson json) {
    OpenApiTag executions =
        new OpenApiTag("executions", "Executions of runbooks: starting, following, deciding.");
    executions
        .called(ExecutionStatus.class, "RunbookExecutionStatus")
        .called(StepStatus.class, "RunbookStepStatus")
        .called(AttemptOutcome.class, "RunbookAttemptOutcome")
        .called(ApprovalDecision.class, "RunbookVerdict")
        .called(Execution.class, "RunbookExecutionSummary")
        .called(ExecutionController.ExecutionDetail.class, "RunbookExecution")
        .called(StepView.class, "RunbookExecutionStep")
        .called(StepAttempt.class, "RunbookAttempt")
        .called(Decision.class, "RunbookDecision")
        .called(DryRun.class, "RunbookPlan")
        .called(DryRun.Step.class, "RunbookPlannedStep")
        .called(DryRun.Request.class, "RunbookPlannedRequest")
        .called(DryRun.Header.class, "RunbookHttpHeader");
    executions
        .post(RUNBOOK + "/executions", "startRunbook", "Start a runbook")
        .says("Starts the latest version. The first steps start at once. " + WRITERS)
        .path("id", "The runbook's id.")
        .body(
            "StartRunbook",
            OpenApiRequest.read(input -> StartRunbook.read(input, ANY, json))
                .inTheWordsOf("StartRunbookInput")
                .member("inputs", schema -> schema.typesItem("object").typesItem("null"))
                .example("{\"inputs\": {\"service\": \"checkout\"}}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, "The runbook is archived.")
        .refuses(ErrorCode.RATE_LIMITED, "The account has the maximum of unfinished executions.")
        .answers(201, "The started execution.", "Location");
    executions
        .get(RUNBOOK + "/executions", "listRunbookExecutions", "List the executions of a runbook")
        .says("Newest first. For the next page, repeat the request with `next_cursor` as `cursor`.")
        .path("id", "The runbook's id.")
        .query(
            OpenApiRequest.read(PageRequest::of)
                .member("limit", "The page size.")
                .member("limit", schema -> schema.setDefault(PageRequest.DEFAULT_SIZE))
                .member("cursor", "The `next_cursor` of the previous page."))
        .answers(200, "A page of executions.");
    executions
        .post(RUNBOOK + "/plan", "planRunbook", "Dry-run a runbook")
        .says(
            "Conditions and templates are evaluated as far as they can be, secrets are redacted,"
                + " nothing is executed.")
        .path("id", "The runbook's id.")
        .body(
            "PlanRunbook",
            OpenApiRequest.read(input -> StartRunbook.read(input, ANY, json))
                .inTheWordsOf("PlanRunbookInput")
                .member("inputs", schema -> schema.typesItem("object").typesItem("null"))
                .example("{\"inputs\": {\"service\": \"checkout\"}}"))
        .answers(200, "The result of the dry run.");
    executions
        .get(EXECUTION, "getRunbookExecution", "Read an execution")
        .says("With its steps, their attempts and decisions.")
        .path("id", ID)
        .answers(200, "The execution.");
    steps(executions, json);
    executions
        .post(EXECUTION + "/cancel", "cancelRunbookExecution", "Cancel an execution")
        .says(
            "No further step starts. Requests in flight end by themselves and are recorded. "
                + WRITERS)
        .path("id", ID)
        .body(
            "CancelRunbookExecution",
            OpenApiRequest.read(input -> CancelExecution.read(input, ANY))
                .inTheWordsOf("CancelRunbookExecutionInput")
                .example("{\"reason\": \"No longer needed\"}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, "The execution has succeeded or failed.")
        .answers(200, "The execution, cancelled or being cancelled.");
    return executions;
  }

  private static void steps(OpenApiTag executions, StrictJson json) {
    executions
        .post(STEP + "/complete", "completeRunbookStep", "Complete a step")
        .says("A step that waits for a person or is uncertain. " + WRITERS)
        .path("id", ID)
        .path("key", KEY)
        .body(
            "CompleteRunbookStep",
            OpenApiRequest.read(input -> StepCommand.Complete.read(input, ANY, "key", json))
                .inTheWordsOf("CompleteRunbookStepInput")
                .example("{\"note\": \"Done by hand\", \"output\": {\"ticket\": 7}}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, STATE)
        .answers(200, "The execution.");
    executions
        .post(STEP + "/skip", "skipRunbookStep", "Skip a step")
        .says("The steps that depend on it go on. Not for approvals. " + WRITERS)
        .path("id", ID)
        .path("key", KEY)
        .body(
            "SkipRunbookStep",
            OpenApiRequest.read(input -> StepCommand.Skip.read(input, ANY, "key"))
                .inTheWordsOf("SkipRunbookStepInput")
                .example("{\"note\": \"Not needed\"}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, STATE)
        .answers(200, "The execution.");
    executions
        .post(STEP + "/retry", "retryRunbookStep", "Retry a step")
        .says(
            "A step that failed its execution or is uncertain. Steps that were cancelled because of"
                + " the failure become pending again. "
                + WRITERS)
        .path("id", ID)
        .path("key", KEY)
        .body(
            "RetryRunbookStep",
            OpenApiRequest.read(input -> StepCommand.Retry.read(input, ANY, "key"))
                .inTheWordsOf("RetryRunbookStepInput")
                .example("{\"note\": \"The network is back\"}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, STATE)
        .answers(200, "The execution.");
    executions
        .post(STEP + "/decide", "decideRunbookApproval", "Approve or reject")
        .says("One decision per person. " + WRITERS + " The step lists its approvers' roles.")
        .path("id", ID)
        .path("key", KEY)
        .body(
            "DecideRunbookApproval",
            OpenApiRequest.read(input -> StepCommand.Decide.read(input, ANY, "key"))
                .inTheWordsOf("DecideRunbookApprovalInput")
                .required("verdict")
                .example("{\"verdict\": \"approve\", \"reason\": \"Looks right\"}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, STATE + " Or this person has already decided.")
        .answers(200, "The execution.");
  }
}
