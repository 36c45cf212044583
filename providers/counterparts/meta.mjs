// Signs as Meta's documentation says, by node's own crypto: reads a list of bodies with their secrets as JSON, prints a signature for each.
import { createHmac } from 'node:crypto';

let text = '';
for await (const piece of process.stdin) text += piece;
const signatures = JSON.parse(text).map(
  ({ secret, body }) => `sha256=${createHmac('sha256', secret).update(Buffer.from(body, 'utf8')).digest('hex')}`,
);
console.log(JSON.stringify(signatures));
