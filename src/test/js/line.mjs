// A line to the service that can be cut.
import net from 'node:net';

/** A line to the service. `cut()` waits for a connection to go through it and breaks off all that do. */
export async function line(target) {
  const { hostname, port } = new URL(target);
  const open = new Set();
  let cuts = 0;
  let opened = () => {};
  const server = net.createServer((client) => {
    const service = net.connect(Number(port), hostname);
    open.add(client);
    opened();
    const end = () => {
      open.delete(client);
      client.destroy();
      service.destroy();
    };
    client.on('error', end).on('close', end);
    service.on('error', end).on('close', end);
    client.pipe(service);
    service.pipe(client);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async cut() {
      if (open.size === 0) await new Promise((resolve) => (opened = resolve));
      cuts++;
      open.forEach((client) => client.destroy());
    },
    cuts: () => cuts,
    open: () => open.size,
    close() {
      server.close();
      open.forEach((client) => client.destroy());
    },
  };
}
