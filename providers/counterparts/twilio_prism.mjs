// Stoplight's Prism before the parts of Twilio's own OpenAPI documents that the adapter uses: it answers 201 to what they allow, and
// refuses the rest. Prints where it listens; ends when its standard input does. `/refused` lists what was wrong until now.
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';

const require = createRequire(import.meta.url);
const { createLogger } = require('@stoplight/prism-core');
const { getHttpOperationsFromSpec } = require('@stoplight/prism-http');
const { createServer } = require('@stoplight/prism-http-server');

const KEPT =
  /\/Messages(\/\{Sid\})?\.json$|\/Accounts\/\{Sid\}\.json$|\/\{\w*ServiceSid\}\/(PhoneNumbers|ShortCodes|ChannelSenders|Compliance\/Usa2p)$/;
const known = new Set();
const FORM = 'application/x-www-form-urlencoded';

function prepared(document) {
  const paths = {};
  for (const [path, item] of Object.entries(document.paths)) {
    if (!KEPT.test(path)) continue;
    // of Twilio's host; ours is this one
    delete item.servers;
    for (const operation of Object.values(item)) {
      const form = operation?.requestBody?.content?.[FORM];
      if (form) tighten(form);
    }
    paths[path] = item;
  }
  const components = { schemas: {}, securitySchemes: document.components.securitySchemes };
  const todo = [JSON.stringify(paths)];
  while (todo.length > 0) {
    for (const [, name] of todo.pop().matchAll(/#\/components\/schemas\/([A-Za-z0-9._-]+)/g)) {
      if (components.schemas[name]) continue;
      components.schemas[name] = document.components.schemas[name];
      todo.push(JSON.stringify(components.schemas[name]));
    }
  }
  return { openapi: document.openapi, info: document.info, security: document.security, paths, components };
}

// A list is a field that repeats, as Twilio takes it, which the document leaves unsaid.
function tighten(form) {
  for (const [name, schema] of Object.entries(form.schema.properties)) {
    known.add(name);
    if (schema.type === 'array') {
      form.encoding = { ...form.encoding, [name]: { style: 'form', explode: true } };
    }
  }
}

const operations = [];
for (const name of ['twilio_api_v2010', 'twilio_messaging_v1']) {
  const document = require.resolve('@twilio-alpha/mcp/package.json').replace(
    /package\.json$/,
    `twilio-oai/spec/json/${name}.json`,
  );
  operations.push(...(await getHttpOperationsFromSpec(prepared(JSON.parse(readFileSync(document, 'utf8'))))));
}
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
const prism = await server.listen(0, '127.0.0.1');
const refused = [];

// Prism leaves out what a form has beside the document's fields; here a field of another name is a mistake of ours.
const front = createHttpServer(async (request, reply) => {
  if (request.url === '/refused') return reply.end(JSON.stringify(refused));
  const { authorization, 'content-type': type } = request.headers;
  const body = await buffer(request);
  const strange = [...new URLSearchParams(body.toString()).keys()].filter((name) => !known.has(name));
  const headers = Object.fromEntries(Object.entries({ authorization, 'content-type': type }).filter(([, value]) => value));
  const answer =
    strange.length > 0
      ? Response.json({ title: 'fields that the document does not have', strange }, { status: 422 })
      : await fetch(prism + request.url, { method: request.method, headers, ...(body.length > 0 && { body }) });
  const said = await answer.text();
  if (!answer.ok) refused.push(`${answer.status} ${said}`);
  reply.writeHead(answer.status, { 'content-type': 'application/json' });
  reply.end(said);
});
front.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${front.address().port}`));
process.stdin.resume();
process.stdin.on('end', () => process.exit());
