// Sends what a gateway wants of the service in the form in which Hasura v2 sends it:
// one request a root field, one after another; variables renamed and, where they are optional, declared with the default null and
// sent as null; no named fragment, no directive. Headers: what is configured goes before the session, the session before the client.
import { Kind, print, visit } from 'graphql';

// Of the client's headers these never pass.
const DROPPED = /^(host|origin|accept.*|user-agent|content-.*|x-hasura-.*)$/i;

export class Hasura {
  requests = [];

  constructor({ url, configured, session = {}, client = {} }) {
    const passed = Object.entries(client).filter(([name]) => !DROPPED.test(name));
    this.url = url;
    this.headers = { ...lower(Object.fromEntries(passed)), ...lower(session), ...lower(configured) };
    this.configured = configured;
  }

  // Registering a remote schema: the configured headers only.
  introspect = async ({ document }) => this.#post({ query: print(document) }, this.configured);

  // What a client asks of the gateway, and the gateway of us.
  execute = async ({ document, variables = {} }) => {
    const data = {};
    for (const request of perRootField(inlined(document), variables)) {
      const answer = await this.#post(request, this.headers);
      if ('errors' in answer) {
        // Hasura gives up all data for any errors, an empty list included, and cannot read "errors": null at all.
        return answer.errors ? { errors: answer.errors } : { errors: [{ message: 'errors is null' }] };
      }
      Object.assign(data, answer.data);
    }
    return { data };
  };

  // A remote join: one request, a field for each row under an alias of its own, the values written into it.
  join = async (field, argument, values, selection) => {
    const fields = values.map((value, i) => `f${i + 1}: ${field}(${argument}: ${JSON.stringify(value)}) ${selection}`);
    const answer = await this.#post({ query: `query { ${fields.join(' ')} }` }, this.headers);
    return 'errors' in answer ? answer : values.map((_, i) => answer.data[`f${i + 1}`]);
  };

  async #post(body, headers) {
    this.requests.push({ body, headers });
    const response = await fetch(this.url, {
      method: 'POST',
      redirect: 'error',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'hasura-graphql-engine/v2.48.0' },
      body: JSON.stringify(body),
    });
    // Neither the status nor the content type is looked at.
    return JSON.parse(await response.text());
  }
}

function lower(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

export function inlined(document) {
  const fragments = new Map(document.definitions.filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]));
  return {
    ...document,
    definitions: document.definitions
      .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
      .map((operation) =>
        visit(operation, {
          FragmentSpread: (spread) => {
            const { typeCondition, selectionSet } = fragments.get(spread.name.value);
            return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet };
          },
          Directive: () => null,
        }),
      ),
  };
}

function* perRootField(document, given) {
  const operation = document.definitions[0];
  for (const field of operation.selectionSet.selections) {
    const names = new Map();
    const renamed = visit(field, {
      Variable: (variable) => {
        const name = variable.name.value;
        if (!names.has(name)) {
          names.set(name, `hasura_json_var_${names.size + 1}`);
        }
        return { ...variable, name: { kind: Kind.NAME, value: names.get(name) } };
      },
    });
    const declarations = [];
    const variables = {};
    for (const definition of operation.variableDefinitions ?? []) {
      const name = names.get(definition.variable.name.value);
      if (name) {
        const optional = definition.type.kind !== Kind.NON_NULL_TYPE;
        declarations.push(`$${name}: ${print(definition.type)}${optional ? ' = null' : ''}`);
        variables[name] = given[definition.variable.name.value] ?? null;
      }
    }
    const head = declarations.length > 0 ? `(${declarations.join(', ')})` : '';
    yield { query: `${operation.operation} ${head} { ${print(renamed)} }`, variables };
  }
}
