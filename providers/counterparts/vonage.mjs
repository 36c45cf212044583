// Vonage's own packages do what they are told: reads a list of tasks as JSON, prints what came of each.
import { createPublicKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { tokenGenerate, verifySignature } from '@vonage/jwt';
import { Messages } from '@vonage/messages';

// the package signs only as an application; a callback is signed with what it verifies by
const jsonwebtoken = createRequire(import.meta.resolve('@vonage/jwt'))('jsonwebtoken');

const tasks = {
  // A callback's token.
  sign: ({ claims, secret, algorithm }) => jsonwebtoken.sign(claims, secret, { algorithm }),
  // Is this token signed with that secret?
  is_signed: ({ token, secret }) => verifySignature(token, secret),
  // Is this an application's token, and what do ours and theirs claim?
  application: ({ token, application_id, private_key }) => ({
    is_signed: verifySignature(token, createPublicKey(private_key).export({ type: 'spki', format: 'pem' })),
    header: jsonwebtoken.decode(token, { complete: true }).header,
    ours: jsonwebtoken.decode(token),
    theirs: jsonwebtoken.decode(tokenGenerate(application_id, private_key)),
    their_header: jsonwebtoken.decode(tokenGenerate(application_id, private_key), { complete: true }).header,
  }),
  // Sends a text by their client.
  send: ({ url, application_id, private_key, message }) =>
    new Messages({ applicationId: application_id, privateKey: private_key }, { apiHost: url }).send(message),
};

let text = '';
for await (const piece of process.stdin) text += piece;
const done = [];
for (const task of JSON.parse(text)) done.push(await tasks[task.do](task));
console.log(JSON.stringify(done));
