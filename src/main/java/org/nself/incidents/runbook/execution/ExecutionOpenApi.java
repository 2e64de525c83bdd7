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

/** What the OpenAPI document says of {@link ExecutionController}. */
final class ExecutionOpenApi {

  private static final String RUNBOOK = "/api/v1/runbooks/{id}";
  private static final String EXECUTION = "/api/v1/runbook-executions/{id}";
  private static final String STEP = EXECUTION + "/steps/{key}";
  private static final String ID = "The execution's id.";
  private static final String KEY = "The step's key.";
  private static final String WRITERS = "Needs the role user, responder or admin.";
  private static final String STATE = "The step is not in a state for this.";

  private static final UUID ANY = new UUID(0, 0);

  private ExecutionOpenApi() {}

  static OpenApiTag describe(StrictJson json) {
    OpenApiTag executions =
        new OpenApiTag("executions", "Runbooks being done: started, watched, decided about.");
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
        .says("In its latest version. Its first steps begin at once. " + WRITERS)
        .path("id", "The runbook's id.")
        .body(
            "StartRunbook",
            OpenApiRequest.read(input -> StartRunbook.read(input, ANY, json))
                .inTheWordsOf("StartRunbookInput")
                .member("inputs", schema -> schema.typesItem("object").typesItem("null"))
                .example("{\"inputs\": {\"service\": \"checkout\"}}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, "The runbook is archived.")
        .refuses(
            ErrorCode.RATE_LIMITED, "The account has too many executions that are not finished.")
        .answers(201, "The execution, started.", "Location");
    executions
        .get(RUNBOOK + "/executions", "listRunbookExecutions", "List the executions of a runbook")
        .says("Newest first. To go on, repeat the request with `next_cursor` as `cursor`.")
        .path("id", "The runbook's id.")
        .query(
            OpenApiRequest.read(PageRequest::of)
                .member("limit", "How many to give.")
                .member("limit", schema -> schema.setDefault(PageRequest.DEFAULT_SIZE))
                .member("cursor", "Where to go on: the `next_cursor` of the page before."))
        .answers(200, "A page of executions.");
    executions
        .post(RUNBOOK + "/plan", "planRunbook", "Say what a runbook would do")
        .says(
            "Conditions and templates resolved as far as they can be now, requests shown without"
                + " secrets, nothing done.")
        .path("id", "The runbook's id.")
        .body(
            "PlanRunbook",
            OpenApiRequest.read(input -> StartRunbook.read(input, ANY, json))
                .inTheWordsOf("PlanRunbookInput")
                .member("inputs", schema -> schema.typesItem("object").typesItem("null"))
                .example("{\"inputs\": {\"service\": \"checkout\"}}"))
        .answers(200, "What it would do.");
    executions
        .get(EXECUTION, "getRunbookExecution", "Read an execution")
        .says("With its steps, their attempts and what people decided.")
        .path("id", ID)
        .answers(200, "The execution.");
    steps(executions, json);
    executions
        .post(EXECUTION + "/cancel", "cancelRunbookExecution", "Cancel an execution")
        .says(
            "Stops what has not begun. What is in flight ends by itself and is recorded. "
                + WRITERS)
        .path("id", ID)
        .body(
            "CancelRunbookExecution",
            OpenApiRequest.read(input -> CancelExecution.read(input, ANY))
                .inTheWordsOf("CancelRunbookExecutionInput")
                .example("{\"reason\": \"Not needed any more\"}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, "The execution came to another end.")
        .answers(200, "The execution, cancelled or about to be.");
    return executions;
  }

  private static void steps(OpenApiTag executions, StrictJson json) {
    executions
        .post(STEP + "/complete", "completeRunbookStep", "Say that a step is done")
        .says("One that waits for a person, or one that is uncertain. " + WRITERS)
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
        .post(STEP + "/skip", "skipRunbookStep", "Say that a step is not to be done")
        .says("What comes after it goes on. Not for approvals. " + WRITERS)
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
        .post(STEP + "/retry", "retryRunbookStep", "Have a step done again")
        .says(
            "One that failed and ended the execution, or that is uncertain. What was given up"
                + " because it failed comes up again. "
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
        .says("One decision a person. " + WRITERS + " Which of them, the step says.")
        .path("id", ID)
        .path("key", KEY)
        .body(
            "DecideRunbookApproval",
            OpenApiRequest.read(input -> StepCommand.Decide.read(input, ANY, "key"))
                .inTheWordsOf("DecideRunbookApprovalInput")
                .required("verdict")
                .example("{\"verdict\": \"approve\", \"reason\": \"Looks right\"}"))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, STATE + " Or this person has decided already.")
        .answers(200, "The execution.");
  }
}
