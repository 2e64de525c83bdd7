const scriptPath = new URL(import.meta.url).pathname;
const consoleAt = scriptPath.lastIndexOf('/console/');

/** The path that every path of the service begins with, `/` at its end. Taken from where this script came from, because only the browser knows the prefix of a proxy. */
export const basePath = consoleAt < 0 ? '/' : scriptPath.slice(0, consoleAt + 1);

/** The path of a page or a resource of the service. */
export const href = (path: string): string => basePath + path;

export const graphqlUrl = href('graphql');

export const webSocketUrl = (): string => location.origin.replace(/^http/, 'ws') + graphqlUrl;

/** What the service tells a page before anybody has signed in: `GET /console/config`. */
export interface ConsoleConfig {
  /** Where people sign in; null where they paste a token. */
  readonly signInUrl: string | null;
  /** Whether this is the try-out, in which one may act as anybody. */
  readonly tryOut: boolean;
  /** Changes with the files of the page. */
  readonly build: string | null;
  /** Whether Swagger UI and GraphiQL are served. */
  readonly apiExplorer: boolean;
}

export let config: ConsoleConfig = { signInUrl: null, tryOut: false, build: null, apiExplorer: false };

export async function readConfig(): Promise<ConsoleConfig> {
  const response = await fetch(href('console/config'), { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`The service answered ${response.status}`);
  const body = (await response.json()) as Record<string, unknown>;
  return {
    signInUrl: typeof body.sign_in_url === 'string' && body.sign_in_url ? body.sign_in_url : null,
    tryOut: body.try_out === true,
    build: typeof body.build === 'string' ? body.build : null,
    apiExplorer: body.api_explorer === true,
  };
}

export async function loadConfig(): Promise<void> {
  config = await readConfig();
}
