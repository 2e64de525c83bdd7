// A gateway as somebody would build it beside a database of orders: their own schema and ours as one, and a relationship from the
// one to the other.
import { print } from 'graphql';
import { stitchSchemas } from '@graphql-tools/stitch';
import { schemaFromExecutor } from '@graphql-tools/wrap';

const ORDERS = `
  type Query { orders: [Order!]! }
  type Order { id: Int! incidentId: String incident: Incident }
`;

// Rows of the orders ask for their incidents in the same moment; they are joined in one request.
function joiner(hasura) {
  let waiting;
  return (id, selection) => {
    if (!waiting) {
      const rows = (waiting = []);
      queueMicrotask(async () => {
        waiting = undefined;
        try {
          const found = await hasura.join('incident', 'id', rows.map((row) => row.id), selection);
          rows.forEach((row, i) => (found.errors ? row.fail(new Error(found.errors[0].message)) : row.give(found[i])));
        } catch (error) {
          rows.forEach((row) => row.fail(error));
        }
      });
    }
    return new Promise((give, fail) => waiting.push({ id, give, fail }));
  };
}

export async function remoteSchema(hasura) {
  return schemaFromExecutor(hasura.introspect, undefined, { descriptions: true, inputValueDeprecation: false, specifiedByUrl: false });
}

export async function gateway(hasura, orders) {
  const schema = await remoteSchema(hasura);
  const join = joiner(hasura);
  return stitchSchemas({
    subschemas: [{ schema, executor: hasura.execute }],
    typeDefs: ORDERS,
    resolvers: {
      Query: { orders: () => orders },
      Order: {
        incident: (order, _, __, info) => join(order.incidentId, print(info.fieldNodes[0].selectionSet)),
      },
    },
  });
}
