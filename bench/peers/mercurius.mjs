// Mercurius with its JIT in front of the table of incidents: one prepared statement, no authentication, no row-level security.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.PEER_DATABASE_URL, max: 20 });
const newest = {
  name: 'newest',
  text: `select id, number, title, severity, status, owner, opened_at as "openedAt", updated_at as "updatedAt"
    from np_incidents where source_account_id = $1 order by opened_at desc, id desc limit $2`,
};
const app = Fastify();
app.register(mercurius, {
  jit: 1,
  schema: `
    type Query { incidents(account: String!, first: Int!): [Incident!]! }
    type Incident { id: ID! number: Int! title: String! severity: String! status: String! owner: String openedAt: String! updatedAt: String! }
  `,
  resolvers: {
    Query: { incidents: async (_root, { account, first }) => (await pool.query({ ...newest, values: [account, first] })).rows },
  },
});
await app.listen({ port: Number(process.env.PEER_PORT), host: '127.0.0.1' });
