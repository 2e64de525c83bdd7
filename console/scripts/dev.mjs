// Serves the console from its sources at http://127.0.0.1:3834/ and passes everything else on to a service (SERVICE_URL).
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { readFile } from 'node:fs/promises';
import { context } from 'esbuild';
import { assets, builds } from './options.mjs';

const service = new URL(process.env.SERVICE_URL ?? 'http://127.0.0.1:3833');
const port = Number(process.env.PORT ?? 3834);
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; require-trusted-types-for 'script'; frame-ancestors 'none'";
const built = new Map();

const keep = {
  name: 'keep',
  setup: (build) =>
    build.onEnd((result) => {
      for (const file of result.outputFiles ?? []) built.set(file.path.slice(1), file.contents);
    }),
};
for (const options of builds) {
  const builder = await context({ ...options, sourcemap: 'inline', outdir: '/', plugins: [...(options.plugins ?? []), keep] });
  await builder.watch();
}

const isPage = (path) => /^\/(incidents|runbooks|executions|insights)?(\/|$)/.test(path);

function forward(req, headers = {}) {
  return { host: service.hostname, port: service.port, method: req.method, path: req.url, headers: { ...req.headers, host: service.host, ...headers } };
}

createServer({ keepAliveTimeout: 120_000 }, async (req, res) => {
  const path = new URL(req.url, 'http://localhost').pathname;
  const name = path.match(/^\/console\/(?:[0-9a-f]{8,}\/)?([a-z]+\.(?:js|css|svg|png))$/)?.[1];
  if (name) {
    const content = assets[name] ? await readFile(assets[name]) : built.get(name);
    const type = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }[name.split('.')[1]];
    res.writeHead(content ? 200 : 404, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(content);
  } else if (req.method === 'GET' && isPage(path) && (req.headers.accept ?? '').includes('text/html')) {
    const up = '../'.repeat(Math.max(0, path.split('/').length - 2));
    const html = (await readFile(assets['index.html'], 'utf8')).replaceAll('"console/', `"${up}console/0000000000000000/`);
    res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': csp, 'Cache-Control': 'no-store' }).end(html);
  } else {
    const proxied = request(forward(req), (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    proxied.on('error', () => res.headersSent || res.writeHead(502, { 'Content-Type': 'text/plain' }).end('The service is not reachable'));
    req.pipe(proxied);
  }
})
  .on('upgrade', (req, socket, head) => {
    const upstream = connect(Number(service.port), service.hostname, () => {
      const headers = { ...req.headers, host: service.host, origin: service.origin };
      upstream.write(`${req.method} ${req.url} HTTP/1.1\r\n`);
      upstream.write(Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`).join('') + '\r\n');
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  })
  .listen(port, '127.0.0.1', () => console.log(`The console: http://127.0.0.1:${port}/, with the service at ${service.origin}`));
