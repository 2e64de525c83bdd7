// Runs the main paths, signing in and a killed service behind the shipped nginx configuration, under its prefix. Starts what that needs: the
// service as `./mvnw spring-boot:run` does (or SERVICE_COMMAND, which reads PORT and EMBEDDED_DATABASE), nginx, and a page that signs people in.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const prefix = '/nself-incident-mgmt';
const work = await mkdtemp(join(tmpdir(), 'console-'));
const jwtKey = randomBytes(32).toString('hex');
const secret = randomBytes(24).toString('hex');
process.env.JWT_KEY = jwtKey;
const { jwt } = await import('./support.mjs');

const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
const [servicePort, nginxPort, signInPort] = [await freePort(), await freePort(), await freePort()];
const service = `http://127.0.0.1:${servicePort}`;
const base = `http://127.0.0.1:${nginxPort}${prefix}`;

async function until(check, what, seconds) {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; ) {
    if (await check().catch(() => false)) return;
    await new Promise((next) => setTimeout(next, 200));
  }
  throw new Error(`${what}: not within ${seconds} s\n${await readFile(join(work, 'service.log'), 'utf8').catch(() => '')}`);
}

let process_;

async function startService() {
  const { DATABASE_URL, BIND_ADDRESS, PLUGIN_INTERNAL_SECRET, HASURA_GRAPHQL_JWT_SECRET, ...environment } = process.env;
  const database = join(work, 'database');
  const command = process.env.SERVICE_COMMAND ?? `./mvnw -q spring-boot:run -Dembedded-database.directory=${database}`;
  process_ = spawn('bash', ['-c', `exec ${command} >>${work}/service.log 2>&1`], {
    cwd: root,
    detached: true,
    env: {
      ...environment,
      PORT: String(servicePort),
      EMBEDDED_DATABASE: database,
      PLUGIN_SECRET: secret,
      HASURA_GRAPHQL_JWT_SECRETS: JSON.stringify([
        { type: 'HS256', key: jwtKey },
        { type: 'HS256', key: jwtKey, header: { type: 'Cookie', name: 'session' } },
      ]),
      CONSOLE_SIGN_IN_URL: '/sign-in',
      TRUSTED_PROXIES: '127.0.0.1',
      ALLOW_PRIVATE_URLS: 'true',
    },
  });
  await until(async () => (await fetch(`${service}/ready`)).ok, 'the service is ready', 300);
}

async function stopService(signal) {
  if (process_.exitCode !== null || process_.signalCode !== null) return;
  const exited = new Promise((end) => process_.once('exit', end));
  process.kill(-process_.pid, signal);
  await exited;
}

/** Signs people in as an identity provider does: sets a cookie, and goes back. The tests say for how long, or that it fails. */
let next = { seconds: 3_600 };
const signIn = createHttpServer(async (request, response) => {
  const url = new URL(request.url, base);
  if (url.pathname === '/sign-in') {
    const cookie = next.fails ? {} : { 'Set-Cookie': `session=${jwt(next)}; Path=/; HttpOnly; SameSite=Lax` };
    response.writeHead(302, { ...cookie, Location: url.searchParams.get('redirectTo') }).end();
    return;
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  if (url.pathname === '/next') next = JSON.parse(body);
  else if (url.pathname === '/kill') await stopService('SIGKILL');
  else if (url.pathname === '/start') await startService();
  response.writeHead(204).end();
}).listen(signInPort, '127.0.0.1');

async function startNginx() {
  const configuration = await readFile(join(root, 'nginx/nself-incident-mgmt.conf'), 'utf8');
  await writeFile(join(work, 'plugin.conf'), configuration.replaceAll('nself-incident-mgmt:3833', `127.0.0.1:${servicePort}`).replaceAll('${PLUGIN_SECRET}', secret));
  await writeFile(
    join(work, 'nginx.conf'),
    `daemon off;
user ${userInfo().username};
worker_processes 1;
pid nginx.pid;
error_log error.log;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  large_client_header_buffers 4 32k;
  server {
    listen 127.0.0.1:${nginxPort};
    location = /sign-in { proxy_pass http://127.0.0.1:${signInPort}; }
    include plugin.conf;
  }
}
`,
  );
  const nginx = spawn('nginx', ['-p', `${work}/`, '-c', 'nginx.conf'], { stdio: 'inherit' });
  await until(async () => (await fetch(`${base}/ready`)).ok, 'nginx passes requests on', 20);
  return nginx;
}

let tests;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests?.kill());

const files = process.argv.slice(2);
const mainPaths = ['incidents', 'incident', 'runbooks', 'insights', 'nginx/sign-in', 'nginx/killed'].map((name) => fileURLToPath(new URL(`${name}.test.mjs`, import.meta.url)));
let nginx;
try {
  await startService();
  nginx = await startNginx();
  tests = spawn(process.execPath, ['--test', '--test-concurrency=1', ...(files.length ? files : mainPaths)], {
    stdio: 'inherit',
    env: { ...process.env, BASE_URL: base, SERVICE_URL: service, PLUGIN_SECRET: secret, HARNESS_URL: `http://127.0.0.1:${signInPort}` },
  });
  process.exitCode = await new Promise((end) => tests.once('exit', (code) => end(code ?? 1)));
} finally {
  nginx?.kill();
  await stopService('SIGTERM');
  signIn.closeAllConnections();
  signIn.close();
  await rm(work, { recursive: true, force: true });
}
