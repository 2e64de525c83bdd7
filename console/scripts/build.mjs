// Builds the console into src/main/resources/console. The same sources and lock file give the same bytes.
import { mkdir, rm, writeFile, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { assets, builds } from './options.mjs';

const target = new URL('../../src/main/resources/console/', import.meta.url);

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
for (const options of builds) {
  const { outputFiles } = await build({ ...options, minify: true, outdir: target.pathname });
  for (const file of outputFiles) await writeFile(file.path, file.contents);
}
for (const [name, path] of Object.entries(assets)) await writeFile(new URL(name, target), await readFile(path));

const firstView = ['index.html', 'app.js', 'chunk.js', 'app.css'];
let total = 0;
for (const name of [...firstView, 'detail.js', 'insights.js', 'markdown.js', 'editor.js']) {
  const size = gzipSync(await readFile(new URL(name, target)), { level: 9 }).length;
  if (firstView.includes(name)) total += size;
  console.log(`${name.padEnd(12)} ${size.toLocaleString('en')} bytes gzip`);
}
console.log(`first view   ${total.toLocaleString('en')} bytes gzip`);
if (total > 60 * 1024) {
  console.error('The first view is larger than 60 KiB (gzip): load something later, or drop it.');
  process.exitCode = 1;
}
