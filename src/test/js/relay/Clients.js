// What the example of Relay in docs/clients.md asks for; relay-compiler makes __generated__ of it.
import { graphql } from 'relay-runtime';

graphql`
  query ClientsQuery($id: UUID) {
    incident(id: $id) {
      nodeId
      title
    }
  }
`;

graphql`
  mutation ClientsNoteMutation($input: AddTimelineEventInput!) {
    addTimelineEvent(input: $input) {
      seq
    }
  }
`;

graphql`
  subscription ClientsTimelineSubscription($id: UUID!, $after: Int) {
    timelineEvents(incidentId: $id, afterSeq: $after) {
      seq
      message
    }
  }
`;

// A fragment that Relay reads again by itself, through node(id: ID!).
graphql`
  fragment Clients_incident on Incident @refetchable(queryName: "ClientsRefetchQuery") {
    title
    status
  }
`;
