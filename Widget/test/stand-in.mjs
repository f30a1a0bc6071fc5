// Stands in for the portal in browser checks: the public API of the widget, in memory, with answers for every state.
// node test/stand-in.mjs   →  portal on 5080, a customer's website on 5081
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const files = fileURLToPath(new URL("../../wwwroot-widget", import.meta.url));
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".map": "application/json" };

const answer = "Yes. You have **30 days** from delivery, and we collect it from your home.\n\n- **Not through the door?** Our drivers take it back the same day, free of charge.\n- **Otherwise** collection costs €49 and the money is back in 5 working days.";
const rich = "# Care of oak\n\nUse *hard wax oil*, twice a year. See [our guide](https://example.com/care) or https://alderfinch.example/oil, or [www.bank.example](https://evil.example/) and <b>not bold</b>.\n\n1. Dust\n2. Oil\n   - thin coat\n   - wipe after `10 min`\n\n> Never use vinegar.\n\n```\noil --coats 2 --table oak --and-a-very-long-option-that-scrolls\n```\n\n| Wood | Oil | Coats |\n|---|:-:|--:|\n| Oak | Hard wax | 2 |\n| Ash | Linseed | 3 |\n";

export function startStandIn({ portalPort = 5080, sitePort = 5081, config = {}, stream = true } = {}) {
  const state = { config, stream, requests: [], sessions: new Map(), failNext: 0, expireNext: false, refuse: null };
  const portal = createServer((request, response) => void handle(request, response, state));
  const site = createServer((request, response) => void serve(request, response, {}, portalPort));
  portal.listen(portalPort);
  site.listen(sitePort);
  return { state, close: () => { for (const server of [portal, site]) { server.close(); server.closeAllConnections(); } } };
}

async function serve(request, response, headers = {}, portalPort = 5080) {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)).replace(/\/$/, "/sample/index.html");
  try {
    const file = await readFile(join(files, path));
    const body = extname(path) === ".html" ? file.toString().replaceAll("localhost:5080", `localhost:${portalPort}`) : file;
    response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream", ...headers }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

async function handle(request, response, state) {
  const cors = {
    "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE", "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "7200", "Access-Control-Expose-Headers": "Retry-After",
  };
  const { pathname } = new URL(request.url, "http://x");
  const match = /^\/api\/widgets\/([^/]+)\/(.+)$/.exec(pathname);
  state.requests.push(`${request.method} ${pathname.replace(/^\/api\/widgets\/[^/]+/, "")}`);
  if (!match) return serve(request, response, cors);
  if (request.method === "OPTIONS") return response.writeHead(204, cors).end();

  const json = (status, body, headers = {}) => response.writeHead(status, { ...cors, "Content-Type": status < 400 ? "application/json" : "application/problem+json", ...headers }).end(body === null ? undefined : JSON.stringify(body));
  const refuse = (status, code, headers) => json(status, { status, code, title: code }, headers);
  const body = await read(request);
  const [, id, call] = match;
  if (call === "config") return state.refuse === "widget_off" ? refuse(404, "widget_not_found") : json(200, { ...defaults(id), ...state.config });
  if (call === "sessions") {
    const known = state.sessions.get(body.token);
    const token = randomUUID();
    const session = known ?? { messages: [], id: randomUUID(), visitor: body.visitorId ?? randomUUID() };
    state.sessions.set(token, session);
    return json(200, { token, expiresAt: new Date(Date.now() + 18e5).toISOString(), sessionId: session.id, visitorId: session.visitor, resumed: Boolean(known) });
  }
  const session = state.sessions.get(request.headers.authorization?.slice(7));
  if (!session || state.expireNext) {
    state.expireNext = false;
    return refuse(401, session ? "session_expired" : "session_required");
  }
  if (state.refuse) return refuse(state.refuse === "rate_limited" ? 429 : 403, state.refuse, { "Retry-After": "20" });
  if (call === "messages" && request.method === "GET") return json(200, { messages: session.messages });
  if (call === "messages") return say(body, request, response, state, session, json, cors);
  if (call === "session") {
    for (const [token, other] of state.sessions) if (other === session) state.sessions.delete(token);
    return json(204, null);
  }
  const message = session.messages.find(m => call === `messages/${m.id}/feedback`);
  if (!message) return refuse(404, "message_not_found");
  Object.assign(message, { feedback: body.value, comment: body.comment });
  return json(204, null);
}

async function say(body, request, response, state, session, json, cors) {
  let message = session.messages.find(m => m.clientMessageId === body.clientMessageId);
  if (!message) {
    message = { id: randomUUID(), clientMessageId: body.clientMessageId, message: body.message, createdAt: new Date().toISOString(), feedback: null };
    session.messages.push(message);
  }
  message.status = "pending";
  const text = /oak|rich/i.test(body.message) ? rich : answer;
  const wait = /slow/i.test(body.message) ? 14_000 : /wait/i.test(body.message) ? 4000 : 350;
  await new Promise(resolve => setTimeout(resolve, wait));
  const failed = state.failNext > 0 && state.failNext-- > 0;
  Object.assign(message, {
    status: failed ? "failed" : "answered", response: failed ? "Sorry, I couldn’t reach my notes just now. Your question is kept. Send it again, or write to hello@alderfinch.example." : text,
    confidence: failed ? null : 0.9, author: "ai", answeredAt: new Date().toISOString(),
    suggestions: failed ? [] : ["Book a collection", "Measure my door"], sources: failed ? [] : [{ title: "Returns", url: "https://alderfinch.example/returns" }, { title: "Delivery", url: "https://alderfinch.example/delivery" }],
  });
  if (!state.stream || !request.headers.accept?.includes("text/event-stream")) return json(200, message);

  response.writeHead(200, { ...cors, "Content-Type": "text/event-stream" });
  const send = (name, data) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  send("ping", {});
  if (failed) send("failed", message);
  else {
    for (const words of text.match(/\S+\s*|\s+/g)) {
      if (response.destroyed) return;
      send("delta", { text: words });
      await new Promise(resolve => setTimeout(resolve, /stream/i.test(body.message) ? 120 : 15));
    }
    send("done", message);
  }
  response.end();
}

function defaults(id) {
  return {
    id, business: "Alder & Finch", version: 1, look: id.endsWith("2") ? { color: "#B3472B", theme: "light", position: "left" } : { color: "#1F5D4C", theme: "auto", position: "right" },
    texts: {
      title: "Fern", subtitle: "Usually answers in seconds", firstMessage: "Hello! What are you looking for?", placeholder: null,
      suggestions: ["When will my order arrive?", "Can I return a sofa?", "Which oil for the oak table?"], fallback: "Sorry, that did not work.", aiNotice: null, language: "auto",
    },
    behaviour: { feedback: true }, privacyUrl: "https://alderfinch.example/privacy",
  };
}

async function read(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

if (process.argv[1] === fileURLToPath(import.meta.url)) startStandIn();
