// Stoplight's Prism before the part of Bandwidth's own OpenAPI document that the adapter uses: it answers as that document says to what
// it allows, and refuses the rest. Prints where it listens; ends when its standard input does.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import yaml from 'js-yaml';

const require = createRequire(import.meta.url);
const { createLogger } = require('@stoplight/prism-core');
const { getHttpOperationsFromSpec } = require('@stoplight/prism-http');
const { createServer } = require('@stoplight/prism-http-server');

const PATH = '/users/{accountId}/messages';
// times stay texts
const document = yaml.load(readFileSync(new URL('./node_modules/bandwidth-sdk/bandwidth.yml', import.meta.url)), {
  schema: yaml.JSON_SCHEMA,
});
const item = document.paths[PATH];
// of Bandwidth's host; ours is this one
delete item.servers;
for (const operation of Object.values(item)) {
  delete operation.servers;
  delete operation.callbacks;
}
// a field of another name is a mistake of ours
document.components.schemas.messageRequest.additionalProperties = false;

// What the path needs of the document, and what that needs.
const components = { securitySchemes: document.components.securitySchemes };
const todo = [JSON.stringify(item)];
while (todo.length > 0) {
  for (const [, kind, name] of todo.pop().matchAll(/#\/components\/(\w+)\/([A-Za-z0-9._-]+)/g)) {
    components[kind] ??= {};
    if (components[kind][name]) continue;
    components[kind][name] = document.components[kind][name];
    todo.push(JSON.stringify(components[kind][name]));
  }
}
const { openapi, info, security } = document;
const operations = await getHttpOperationsFromSpec({ openapi, info, security, paths: { [PATH]: item }, components });
const server = createServer(operations, {
  cors: false,
  config: {
    validateRequest: true,
    validateResponse: true,
    checkSecurity: true,
    errors: false,
    isProxy: false,
    mock: { dynamic: false },
  },
  components: { logger: createLogger('prism', { level: 'silent' }) },
});
console.log(await server.listen(0, '127.0.0.1'));
process.stdin.resume();
process.stdin.on('end', () => process.exit());
