// PostGraphile in front of all tables, without authentication and row-level security.
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

export default {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.PEER_DATABASE_URL, schemas: ['public'], poolConfig: { max: 20 } })],
  grafserv: { port: Number(process.env.PEER_PORT), host: '127.0.0.1', graphiql: false },
  grafast: { explain: false },
};
