// Twilio's own library signs calls and judges signatures: a question a line on standard input, as JSON, and an answer a line.
import { createInterface } from 'node:readline';
import twilio from 'twilio';

for await (const line of createInterface({ input: process.stdin })) {
  const { verb, token, url, fields, signature, body } = JSON.parse(line);
  const answer = {
    sign: () => twilio.getExpectedTwilioSignature(token, url, fields),
    judge: () => twilio.validateRequest(token, signature, url, fields),
    judge_body: () => twilio.validateRequestWithBody(token, signature, url, body),
    digest: () => twilio.getExpectedBodyHash(body),
  }[verb]();
  console.log(JSON.stringify(answer));
}
