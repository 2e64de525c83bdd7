package org.nself.incidents.incident;

import java.time.Clock;
import java.util.UUID;
import org.nself.incidents.timeline.AddTimelineEvent;
import org.nself.incidents.timeline.EventKind;
import org.nself.incidents.timeline.TimelinePage;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.openapi.OpenApiRequest;
import org.nself.incidents.web.openapi.OpenApiTag;
import org.nself.incidents.web.paging.PageRequest;

/** What the OpenAPI document says of the REST routes of timelines. */
final class IncidentTimelineOpenApi {

  private static final String TIMELINE = "/api/v1/incidents/{id}/timeline";

  private IncidentTimelineOpenApi() {}

  static OpenApiTag describe(StrictJson json, Clock clock) {
    OpenApiTag timeline =
        new OpenApiTag(
            "timeline",
            "What happened in an incident: appended, never changed, chained by hashes.");
    timeline
        .get(TIMELINE, "listTimelineEvents", "List the events of an incident")
        .says(
            """
            To go on, repeat the request with `next_after_seq` as `after_seq`. A page ends early where its events have more than 2 MiB.

            With `Accept: text/event-stream`, the events after `after_seq` and then every new one as it comes, as Server-Sent Events: \
            `id` is the `seq`, `data` a `TimelineEvent`.\
            """)
        .path("id", IncidentOpenApi.ID)
        .query(
            OpenApiRequest.read(TimelinePage::read)
                .member("after_seq", "Give only events after this `seq`.")
                .member("limit", "How many to give.")
                .member("limit", schema -> schema.setDefault(PageRequest.DEFAULT_SIZE)))
        .answers(200, "A part of the timeline; or its events, one by one.")
        .streamed();
    timeline
        .post(TIMELINE, "addTimelineEvent", "Append an event")
        .says(IncidentOpenApi.WRITERS)
        .path("id", IncidentOpenApi.ID)
        .body("AddTimelineEvent", added(json, clock))
        .idempotent()
        .answers(201, "The event, appended.");
    timeline
        .get(TIMELINE + "/verification", "verifyTimeline", "Verify the hash chain")
        .says("Recomputes the hash chain of the timeline, in the database. Reads every event.")
        .path("id", IncidentOpenApi.ID)
        .answers(200, "What came of it.");
    return timeline;
  }

  private static OpenApiRequest added(StrictJson json, Clock clock) {
    return OpenApiRequest.read(input -> AddTimelineEvent.read(input, new UUID(0, 0), json, clock))
        .inTheWordsOf("AddTimelineEventInput")
        .member("kind", schema -> schema.pattern("^(?:" + EventKind.FORM + ")$"))
        .member("kind", schema -> schema.setDefault(EventKind.NOTE.value()))
        .example(
            """
            {"kind": "deploy", "message": "Rolled back to 4.2.0", "data": {"version": "4.2.0"}}\
            """);
  }
}
