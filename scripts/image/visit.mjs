// A page, the widget's script, and a conversation of one message: visit.mjs http://localhost:5480 WIDGET-ID
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const [portal, widget] = process.argv.slice(2);
const json = { "Content-Type": "application/json", Origin: "https://shop.example" };

const page = await fetch(`${portal}/account/sign-in`);
assert.equal(page.status, 200);
const html = await page.text();
assert.match(html, /<input[^>]+type="email"/);
for (const [, path] of html.matchAll(/<(?:link|script)[^>]+(?:href|src)="(\/[^"]+\.(?:css|js)[^"]*)"/g))
  assert.equal((await fetch(portal + path)).status, 200, path);
assert.equal((await fetch(`${portal}/widget.js`)).status, 200);
console.log(`page: ${html.match(/<title>([^<]+)/)[1].trim()}`);

const api = `${portal}/api/widgets/${widget}`;
const post = async (path, body, headers) => {
  const reply = await fetch(`${api}/${path}`, {
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  assert.ok(reply.ok, `${path}: ${reply.status} ${text}`);
  return JSON.parse(text);
};

const { token } = await post("sessions", { locale: "en" });
const authorization = { Authorization: `Bearer ${token}` };
const asked = await post(
  "messages",
  { message: "When will my order arrive?", clientMessageId: randomUUID() },
  authorization,
);
console.log(`message: ${JSON.stringify(asked).slice(0, 200)}`);
const { messages } = await (await fetch(`${api}/messages`, { headers: { ...json, ...authorization } })).json();
assert.match(JSON.stringify(messages), /When will my order arrive\?/);
