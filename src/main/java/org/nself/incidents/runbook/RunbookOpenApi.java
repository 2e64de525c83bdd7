package org.nself.incidents.runbook;

import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.ApproverRole;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.runbook.definition.HttpActionParser;
import org.nself.incidents.runbook.definition.HttpMethod;
import org.nself.incidents.runbook.definition.Idempotence;
import org.nself.incidents.runbook.definition.InputType;
import org.nself.incidents.runbook.definition.OnFailure;
import org.nself.incidents.runbook.definition.Retry;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.definition.StepKind;
import org.nself.incidents.runbook.definition.Trigger;
import org.nself.incidents.runbook.definition.TriggerMode;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.openapi.OpenApiRequest;
import org.nself.incidents.web.openapi.OpenApiTag;
import org.nself.incidents.web.paging.PageRequest;

/** What the OpenAPI document says of {@link RunbookController}. */
final class RunbookOpenApi {

  private static final String RUNBOOKS = "/api/v1/runbooks";
  private static final String RUNBOOK = "/api/v1/runbooks/{id}";
  private static final String ID = "The runbook's id.";
  private static final String ADMINS = "Needs the role admin.";

  private static final String KEY_IN_USE = "Another runbook that is not archived has the key.";

  /** One step of each kind that has a block, so that the blocks are read. */
  private static final Map<String, ?> STEPS =
      Map.of(
          "steps",
          List.of(
              Map.of("kind", "approval", "approval", Map.of()),
              Map.of("kind", "http", "http", Map.of("headers", Map.of())),
              Map.of("kind", "wait", "wait", Map.of()),
              Map.of("kind", "incident", "incident", Map.of()),
              Map.of("kind", "note", "note", Map.of()),
              Map.of("kind", "runbook", "runbook", Map.of())));

  private RunbookOpenApi() {}

  static OpenApiTag describe(DefinitionParser reader) {
    OpenApiTag runbooks =
        new OpenApiTag("runbooks", "What to do: lists of steps that are executed, not only read.");
    names(runbooks);
    runbooks
        .get(RUNBOOKS, "listRunbooks", "List runbooks")
        .says(
            """
            The runbooks for which all conditions hold, a page at a time. To go on, repeat the request with `next_cursor` as `cursor`.\
            """)
        .query(
            OpenApiRequest.read(RunbookController.ListQuery::read)
                .inTheWordsOf("RunbookFilter")
                .member("q", "This text in the name, in any case.")
                .member("limit", "How many to give.")
                .member("limit", schema -> schema.setDefault(PageRequest.DEFAULT_SIZE))
                .member("cursor", "Where to go on: the `next_cursor` of the page before."))
        .answers(200, "A page of runbooks.");
    runbooks
        .post(RUNBOOKS, "createRunbook", "Create a runbook")
        .says(ADMINS)
        .body("CreateRunbook", created(reader))
        .idempotent()
        .refuses(ErrorCode.CONFLICT, KEY_IN_USE)
        .answers(201, "The runbook, created.", "ETag", "Location");
    runbooks
        .get(RUNBOOK, "getRunbook", "Read a runbook")
        .says(
            "The runbook in its latest version, archived or not. As YAML it is a file to keep:"
                + " what `createRunbook` takes, and nothing else.")
        .path("id", ID)
        .ifNoneMatch()
        .answers(200, "The runbook.", "ETag")
        .alsoAs(RunbookController.YAML);
    runbooks
        .patch(RUNBOOK, "updateRunbook", "Change a runbook")
        .says(
            """
            A JSON Merge Patch (RFC 7396): what is absent stays as it is, null empties, a list is replaced as a whole. Makes a new version; \
            executions that run keep theirs. What is as asked for already makes none.\n\n\
            """
                + ADMINS)
        .path("id", ID)
        .body("UpdateRunbook", updated(reader))
        .idempotent()
        .ifMatch()
        .refuses(ErrorCode.CONFLICT, "The runbook is archived. Or: " + KEY_IN_USE)
        .answers(200, "The runbook, changed.", "ETag");
    runbooks
        .delete(RUNBOOK, "archiveRunbook", "Archive a runbook")
        .says("It can still be read, and is not started any more. " + ADMINS)
        .path("id", ID)
        .idempotent()
        .ifMatch()
        .answers(200, "The runbook, archived.", "ETag");
    runbooks
        .get(RUNBOOK + "/versions", "listRunbookVersions", "List the versions of a runbook")
        .says("Newest first. To go on, repeat the request with `next_before` as `before`.")
        .path("id", ID)
        .query(
            OpenApiRequest.read(RunbookController.VersionsQuery::read)
                .member("before", "Give only versions before this one.")
                .member("limit", "How many to give.")
                .member("limit", schema -> schema.setDefault(PageRequest.DEFAULT_SIZE)))
        .answers(200, "Versions of the runbook.");
    return runbooks;
  }

  /** As the GraphQL schema calls them. */
  private static void names(OpenApiTag runbooks) {
    runbooks
        .called(RunbookController.Version.class, "RunbookVersion")
        .called(Step.class, "RunbookStep")
        .called(StepKind.class, "RunbookStepKind")
        .called(OnFailure.class, "RunbookOnFailure")
        .called(Idempotence.class, "RunbookEffect")
        .called(Retry.class, "RunbookRetry")
        .called(Trigger.class, "RunbookAttach")
        .called(TriggerMode.class, "RunbookAttachMode")
        .called(InputType.class, "RunbookInputType")
        .called(ApproverRole.class, "RunbookApprover")
        .called(HttpMethod.class, "RunbookHttpMethod")
        .called(Action.Approval.class, "RunbookApproval")
        .called(Action.Http.class, "RunbookHttp")
        .called(Action.Wait.class, "RunbookWait")
        .called(Action.ChangeIncident.class, "RunbookIncidentChange")
        .called(Action.Note.class, "RunbookNote")
        .called(Action.RunRunbook.class, "RunbookCall");
  }

  private static OpenApiRequest created(DefinitionParser reader) {
    return definition(OpenApiRequest.read(input -> CreateRunbook.read(input, reader)))
        .inTheWordsOf("CreateRunbookInput")
        .required("steps")
        .example(
            """
            {
              "key": "roll-back",
              "name": "Roll a service back",
              "inputs": [{"name": "service", "required": true}],
              "steps": [
                {"title": "Look at the dashboards", "kind": "manual"},
                {"title": "Approve", "kind": "approval", "approval": {"quorum": 1}},
                {
                  "title": "Roll back",
                  "kind": "http",
                  "retry": {"max_attempts": 3},
                  "http": {"method": "post", "url": "https://deploy.example.com/${inputs.service}"}
                },
                {"title": "Let it settle", "kind": "wait", "wait": {"seconds": 60}},
                {"title": "Say so", "kind": "note", "note": {"message": "Rolled back"}}
              ],
              "attach": {"condition": "incident.severity == 'critical'"}
            }\
            """);
  }

  private static OpenApiRequest updated(DefinitionParser reader) {
    return definition(
            OpenApiRequest.read(
                input -> UpdateRunbook.readPatch(input, reader, new UUID(0, 0), null)))
        .inTheWordsOf("UpdateRunbookInput")
        .member("key", "A short name to refer to it by, as in `CreateRunbook`.")
        .example(
            """
            {"name": "Roll back", "description": null}\
            """);
  }

  /** What holds for a definition, whole or in parts. */
  private static OpenApiRequest definition(OpenApiRequest request) {
    return request
        .sample(STEPS)
        .member("key", schema -> schema.pattern(whole(DefinitionParser.KEY)))
        .member("inputs.name", schema -> schema.pattern(whole(DefinitionParser.NAME)))
        .member("inputs.default", RunbookOpenApi::scalar)
        .member("steps", schema -> schema.minItems(1))
        .member("steps.key", schema -> schema.pattern(whole(DefinitionParser.NAME)))
        .required("steps.kind")
        .member("steps.approval.approvers", schema -> schema.minItems(1))
        .required("steps.http.method")
        .member("steps.http.url", schema -> schema.pattern("^([Hh][Tt]{2}[Pp][Ss]?://|\\$\\{)"))
        .member(
            "steps.http.headers",
            schema ->
                schema.maxProperties(HttpActionParser.MAX_HEADERS).additionalProperties(header()))
        .member(
            "steps.http.headers",
            "The headers by name: up to 50, whose values are templates. Not those that the service"
                + " sets.")
        .member(
            "steps.runbook.inputs",
            schema -> {
              schema.typesItem("object").typesItem("null");
              schema.additionalProperties(scalar(new JsonSchema()));
            });
  }

  private static String whole(Pattern pattern) {
    return "^(?:" + pattern + ")$";
  }

  private static Schema<?> header() {
    return new JsonSchema().typesItem("string").maxLength(HttpActionParser.MAX_HEADER);
  }

  private static Schema<?> scalar(Schema<?> schema) {
    return schema.typesItem("string").typesItem("integer").typesItem("boolean");
  }
}
