package org.nself.incidents.incident;

import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.math.BigDecimal;
import java.time.Clock;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.openapi.OpenApiRequest;
import org.nself.incidents.web.openapi.OpenApiTag;
import org.nself.incidents.web.paging.PageRequest;

/** What the OpenAPI document says of {@link IncidentController}. */
final class IncidentOpenApi {

  private static final String INCIDENTS = "/api/v1/incidents";
  private static final String INCIDENT = "/api/v1/incidents/{id}";

  /** Of the variable {@code id}. */
  static final String ID = "The incident's id, or its number in the account.";

  static final String WRITERS = "Needs the role user, responder or admin.";

  private static final IncidentRef ANY = new IncidentRef.ByNumber(1);

  private IncidentOpenApi() {}

  static OpenApiTag describe(Clock clock) {
    OpenApiTag incidents =
        new OpenApiTag("incidents", "What went wrong, or may have: how bad, how far, who has it.");
    incidents
        .get(INCIDENTS, "listIncidents", "List incidents")
        .says(
            """
            The incidents for which all conditions hold, a page at a time. Lists are separated by commas; an empty one matches nothing. \
            To go on, repeat the request with `next_cursor` as `cursor`, in the same order.

            With `Accept: text/event-stream`, every change of the account as it comes, from `cursor` or `Last-Event-ID` on, as \
            Server-Sent Events: `id` is the cursor, `data` an object of `cursor`, `event` (a `TimelineEvent`) and `incident` (an \
            `Incident`). No other parameter goes with it.\
            """)
        .query(query())
        .answers(200, "A page of incidents; or the changes of the account, one by one.")
        .streamed();
    incidents
        .post(INCIDENTS, "openIncident", "Open an incident")
        .says(
            """
            Opens an incident. Where `dedup_key` names one that is open, acknowledged or mitigating, that one is answered \
            instead, with 200, and its `occurrences` are raised.\n\n\
            """
                + WRITERS)
        .body("OpenIncident", opened(clock))
        .idempotent()
        .answers(
            200, "The unfinished incident that has the `dedup_key` already.", "ETag", "Location")
        .answers(201, "The incident, opened.", "ETag", "Location");
    incidents
        .get(INCIDENT, "getIncident", "Read an incident")
        .says("The incident and its newest events.")
        .path("id", ID)
        .ifNoneMatch()
        .answers(200, "The incident.", "ETag");
    incidents
        .patch(INCIDENT, "changeIncident", "Change an incident")
        .says(
            """
            A JSON Merge Patch (RFC 7396): what is absent stays as it is, null empties. All of it happens or nothing, and the timeline \
            says what did. Moving to the status that it has already succeeds and changes nothing.\n\n\
            """
                + WRITERS)
        .path("id", ID)
        .body("ChangeIncident", changed())
        .idempotent()
        .ifMatch()
        .refuses(
            ErrorCode.CONFLICT,
            "The status cannot be reached from the one that it has; `allowed` lists those that"
                + " can.")
        .answers(200, "The incident, changed.", "ETag");
    incidents
        .post(INCIDENT + "/merge", "mergeIncident", "Merge an incident into another")
        .says(
            """
            Ends an incident because another one covers it, and notes it in the timelines of both. Repeating it succeeds and changes \
            nothing.\n\n\
            """
                + WRITERS)
        .path("id", ID)
        .body("MergeIncident", merged())
        .idempotent()
        .ifMatch()
        .refuses(
            ErrorCode.CONFLICT,
            "The incident is finished, so that it cannot be merged, or the other is merged itself.")
        .answers(200, "The incident that was merged.", "ETag");
    return incidents;
  }

  private static OpenApiRequest query() {
    return OpenApiRequest.read(IncidentListParameters::read)
        .inTheWordsOf("IncidentFilter")
        .member(
            IncidentListParameters.LABEL,
            "All of these labels, a parameter for each: `label.team=payments&label.region=eu`.")
        .member("q", "This text in the title or the summary, in any case.")
        .member("sort", "The order. Ties are ordered by id, so pages never overlap.")
        .member("sort", schema -> schema.setDefault(IncidentListParameters.DEFAULT_ORDER.word()))
        .member("limit", "How many to give.")
        .member("limit", schema -> schema.setDefault(PageRequest.DEFAULT_SIZE))
        .member("cursor", "Where to go on: the `next_cursor` of the page before.");
  }

  private static OpenApiRequest opened(Clock clock) {
    return OpenApiRequest.read(input -> OpenIncident.read(input, clock))
        .inTheWordsOf("OpenIncidentInput")
        .member("severity", SEVERITY)
        .example(
            """
            {
              "title": "Checkout is down",
              "severity": "critical",
              "owner": "mara",
              "labels": {"team": "payments"},
              "services": ["checkout"]
            }\
            """);
  }

  private static final String SEVERITY =
      "How bad it is; `medium` if not given. What people type is read too: sev1 to sev5, p0 to p5,"
          + " major, minor, warning, error.";

  private static OpenApiRequest changed() {
    return OpenApiRequest.read(input -> ChangeIncident.readPatch(input, ANY, null))
        .inTheWordsOf("UpdateIncidentInput")
        .member("labels", "Labels to set; null removes one, the others stay. Null removes all.")
        .member("services", "All services, replacing those it has.")
        .member("status", "The status to move it to.")
        .member(
            "reason",
            "Why it is moved, shown in the timeline; only with a status. Required to reopen one"
                + " that is closed, cancelled or merged.")
        .example(
            """
            {"status": "acknowledged", "owner": "mara", "labels": {"region": "eu"}}\
            """);
  }

  private static OpenApiRequest merged() {
    return OpenApiRequest.read(input -> MergeIncident.readInto(input, ANY, null))
        .inTheWordsOf("MergeIncidentInput")
        .required("into")
        .member("into", "The id or the number of the incident that goes on.")
        .member(
            "into",
            schema ->
                schema
                    .addOneOfItem(number())
                    .addOneOfItem(new JsonSchema().typesItem("string").format("uuid")))
        .example(
            """
            {"into": 1, "reason": "The same outage"}\
            """);
  }

  private static Schema<?> number() {
    return new JsonSchema()
        .typesItem("integer")
        .format("int32")
        .minimum(BigDecimal.ONE)
        .maximum(BigDecimal.valueOf(Integer.MAX_VALUE));
  }
}
