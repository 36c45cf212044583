// Bandwidth's own package does what it is told: reads a list of tasks as JSON, prints what came of each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sdk from 'bandwidth-sdk';
import yaml from 'js-yaml';

const axios = createRequire(import.meta.resolve('bandwidth-sdk'))('axios');
const description = yaml.load(readFileSync(new URL('./node_modules/bandwidth-sdk/bandwidth.yml', import.meta.url)));

// Their client, which speaks to `url` in place of their host.
const messages = ({ url, username, password }) => {
  const client = axios.create();
  client.interceptors.request.use((call) => {
    call.url = call.url.replace('https://messaging.bandwidth.com/api/v2', url);
    return call;
  });
  return new sdk.MessagesApi(new sdk.Configuration({ username, password }), undefined, client);
};

const tasks = {
  // Sends a text by their client; answers what it made of the answer.
  send: async (task) => (await messages(task).createMessage(task.account_id, task.message)).data,
  // Asks for a message by its name.
  list: async (task) => (await messages(task).listMessages(task.account_id, task.message_id)).data,
  // The callbacks of their published description.
  examples: () =>
    Object.entries(description.components.examples)
      .filter(([name]) => /^(sms|mms|groupMms)?[mM]essage.*CallbackExample$/.test(name))
      .map(([, example]) => example.value),
};

let text = '';
for await (const piece of process.stdin) text += piece;
const done = [];
for (const task of JSON.parse(text)) done.push(await tasks[task.do](task));
console.log(JSON.stringify(done));
