// What the build and the development server share.
import { fileURLToPath } from 'node:url';

const source = (path) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

/** Files that are copied as they are. */
export const assets = { 'index.html': source('index.html'), 'icon.svg': source('icon.svg') };

const common = {
  bundle: true,
  format: 'esm',
  target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  write: false,
};

/** `import('./lazy/NAME.ts')` loads the bundle NAME.js. */
const lazyBundles = {
  name: 'lazy-bundles',
  setup: (build) =>
    build.onResolve({ filter: /\/lazy\/[a-z]+\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${path.match(/([a-z]+)\.ts$/)[1]}.js`, external: true } : undefined,
    ),
};

/**
 * All files have names that do not depend on their content: the service adds a hash of all to their address. `app` imports `chunk`,
 * which has what the first view needs and what `detail` and `insights` share with it. `markdown` and `editor` share nothing.
 */
export const builds = [
  { ...common, entryPoints: { app: source('main.tsx') }, splitting: true, chunkNames: '[name]', plugins: [lazyBundles] },
  { ...common, entryPoints: { markdown: source('lazy/markdown.ts'), editor: source('lazy/editor.ts') } },
];
