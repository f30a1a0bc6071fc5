// Stands in for the portal in browser checks: the public API of the widget, in memory, with answers for every state.
// node test/stand-in.mjs   →  portal on 5080, a customer's website on 5081
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const files = fileURLToPath(new URL("../../wwwroot-widget", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".map": "application/json",
};

const answer =
  "Yes. You have **30 days** from delivery, and we collect it from your home.\n\n- **Not through the door?** Our drivers take it back the same day, free of charge.\n- **Otherwise** collection costs €49 and the money is back in 5 working days.";
const rich =
  "# Care of oak\n\nUse *hard wax oil*, twice a year. See [our guide](https://example.com/care) or https://alderfinch.example/oil, or [www.bank.example](https://evil.example/) and <b>not bold</b>.\n\n1. Dust\n2. Oil\n   - thin coat\n   - wipe after `10 min`\n\n> Never use vinegar.\n\n```\noil --coats 2 --table oak --and-a-very-long-option-that-scrolls\n```\n\n| Wood | Oil | Coats |\n|---|:-:|--:|\n| Oak | Hard wax | 2 |\n| Ash | Linseed | 3 |\n";

/** Port 0 is any that is free; the two addresses come back. With `state.behind`, a portal's address, its files and configs are that portal's, byte by byte. */
export async function startStandIn({ portalPort = 5080, sitePort = 5081 } = {}) {
  const state = {
    config: {},
    stream: true,
    requests: [],
    sessions: new Map(),
    pages: {},
    failNext: 0,
    expireNext: false,
    refuse: null,
    answer: null,
  };
  const portal = createServer((request, response) => void handle(request, response, state));
  const site = createServer((request, response) => void serve(request, response, {}, state));
  const listen = (server, port) =>
    new Promise(resolve =>
      server.listen(port, "localhost", () => resolve(`http://localhost:${server.address().port}`)),
    );
  [state.portal, state.site] = await Promise.all([listen(portal, portalPort), listen(site, sitePort)]);
  return {
    state,
    close: () => {
      for (const server of [portal, site]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

async function serve(request, response, headers, state) {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)).replace(
    /\/$/,
    "/sample/index.html",
  );
  try {
    const file = state.pages[path] ?? (await readFile(join(files, path)));
    const body = extname(path) === ".html" ? file.toString().replaceAll("http://localhost:5080", state.portal) : file;
    const zip = /gzip/.test(request.headers["accept-encoding"] ?? "");
    response
      .writeHead(200, {
        "Content-Type": types[extname(path)] ?? "application/octet-stream",
        ...(zip && { "Content-Encoding": "gzip" }),
        ...headers,
      })
      .end(zip ? gzipSync(body) : body);
  } catch {
    response.writeHead(404).end();
  }
}

function pass(request, response, portal) {
  const { host, ...headers } = request.headers;
  request.pipe(
    ask(new URL(request.url, portal), { method: request.method, headers }, answer => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    }),
  );
}

async function handle(request, response, state) {
  const cors = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": request.headers["access-control-request-headers"] ?? "",
    "Access-Control-Max-Age": "7200",
    "Access-Control-Expose-Headers": "Retry-After",
  };
  const { pathname } = new URL(request.url, "http://x");
  const match = /^\/api\/widgets\/([^/]+)\/(.+)$/.exec(pathname);
  state.requests.push(`${request.method} ${pathname.replace(/^\/api\/widgets\/[^/]+/, "")}`);
  if (state.behind && (!match || match[2] === "config")) return pass(request, response, state.behind);
  if (!match) return serve(request, response, cors, state);
  if (request.method === "OPTIONS") return response.writeHead(204, cors).end();

  const json = (status, body, headers = {}) =>
    response
      .writeHead(status, {
        ...cors,
        "Content-Type": status < 400 ? "application/json" : "application/problem+json",
        ...headers,
      })
      .end(body === null ? undefined : JSON.stringify(body));
  const refuse = (status, code, headers) =>
    json(
      status,
      {
        status,
        code,
        title: code,
        ...(/budget/.test(code) && {
          answer: "This chat has reached its message limit. Please write to hello@alderfinch.example.",
        }),
      },
      headers,
    );
  const body = await read(request);
  const [, id, call] = match;
  if (call === "config")
    return state.refuse === "widget_off"
      ? refuse(404, "widget_not_found")
      : json(200, { ...defaults(id), ...state.config });
  if (call === "sessions") {
    const known = state.sessions.get(body.token);
    const token = randomUUID();
    const session = known ?? { messages: [], id: randomUUID(), visitor: body.visitorId ?? randomUUID() };
    state.sessions.set(token, session);
    return json(200, {
      token,
      expiresAt: new Date(Date.now() + 18e5).toISOString(),
      sessionId: session.id,
      visitorId: session.visitor,
      resumed: Boolean(known),
    });
  }
  const session = state.sessions.get(request.headers.authorization?.slice(7));
  if (!session || state.expireNext) {
    state.expireNext = false;
    return refuse(401, session ? "session_expired" : "session_required");
  }
  if (state.refuse) return refuse(/rate|budget/.test(state.refuse) ? 429 : 403, state.refuse, { "Retry-After": "20" });
  if (call === "messages" && request.method === "GET") return json(200, { messages: session.messages });
  if (call === "messages") return say(body, request, response, state, session, json, cors);
  if (call === "session") {
    for (const [token, other] of state.sessions) if (other === session) state.sessions.delete(token);
    return json(204, null);
  }
  const stopped = session.messages.find(m => call === `messages/${m.clientMessageId}/stop`);
  if (stopped) {
    Object.assign(stopped, { status: "stopped", response: stopped.partial ?? "" });
    return json(204, null);
  }
  const message = session.messages.find(m => call === `messages/${m.id}/feedback`);
  if (!message) return refuse(404, "message_not_found");
  Object.assign(message, { feedback: body.value, feedbackComment: body.comment });
  return json(204, null);
}

async function say(body, request, response, state, session, json, cors) {
  let message = session.messages.find(m => m.clientMessageId === body.clientMessageId);
  if (!message) {
    message = {
      id: randomUUID(),
      clientMessageId: body.clientMessageId,
      message: body.message,
      page: body.page,
      createdAt: new Date().toISOString(),
      feedback: null,
    };
    session.messages.push(message);
  }
  // Who comes back for an answer that failed has the same failure, unless the visitor wants another try.
  const failsStill = message.status === "failed" && !body.again;
  message.status = "pending";
  message.locale = body.locale;
  const text = state.answer ?? (/oak|rich/i.test(body.message) ? rich : answer);
  const wait = /at once/i.test(body.message)
    ? 0
    : /slow/i.test(body.message)
      ? 60_000
      : /wait/i.test(body.message)
        ? 4000
        : 350;
  await new Promise(resolve => setTimeout(resolve, wait).unref());
  const failed = failsStill || (state.failNext > 0 && state.failNext-- > 0);
  Object.assign(message, {
    status: failed ? "failed" : "answered",
    response: failed
      ? "Sorry, I couldn’t reach my notes just now. Your question is kept. Send it again, or write to hello@alderfinch.example."
      : text,
    confidence: failed ? null : 0.9,
    author: /person/i.test(body.message) ? "person" : "ai",
    answeredAt: new Date().toISOString(),
    suggestions: failed ? [] : ["Book a collection", "Measure my door"],
    sources: failed
      ? []
      : [
          { title: "Returns", url: "https://alderfinch.example/returns" },
          { title: "Delivery", url: "https://alderfinch.example/delivery" },
        ],
  });
  if (!state.stream || !request.headers.accept?.includes("text/event-stream")) return json(200, message);

  response.writeHead(200, { ...cors, "Content-Type": "text/event-stream" });
  // Once in its life the line of such a question breaks in the middle.
  const breaks = !failed && /drop/i.test(body.message) && !message.broken && (message.broken = true);
  const send = (name, data) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  send("ping", {});
  if (failed) send("failed", message);
  else {
    for (const words of text.match(/\S+\s*|\s+/g)) {
      if (response.destroyed || message.status === "stopped") return;
      message.partial = (message.partial ?? "") + words;
      send("delta", { text: words });
      if (breaks && words.startsWith("delivery")) return response.destroy();
      await new Promise(resolve => setTimeout(resolve, /stream/i.test(body.message) ? 120 : 15));
    }
    send("done", message);
  }
  response.end();
}

const look = {
  color: "#1F5D4C",
  on: "#FFFFFF",
  atLight: "#1F5D4C",
  atDark: "#86A8A0",
  theme: "auto",
  position: "right",
  size: "regular",
  radius: 16,
  offsetX: 20,
  offsetY: 20,
  font: "inherit",
  logo: null,
  avatar: null,
};

function defaults(id) {
  return {
    id,
    business: "Alder & Finch",
    version: 1,
    look: id.endsWith("2")
      ? { ...look, color: "#B3472B", atLight: "#A94329", atDark: "#D08F7C", theme: "light", position: "left" }
      : look,
    texts: {
      title: "Fern",
      subtitle: "Usually answers in seconds",
      firstMessage: "Hello! What are you looking for?",
      placeholder: null,
      suggestions: ["When will my order arrive?", "Can I return a sofa?", "Which oil for the oak table?"],
      fallback: "Sorry, that did not work.",
      aiNotice: null,
      language: "auto",
    },
    behavior: { feedback: true, comments: true, openAfter: null, consent: false, sensitiveHint: false },
    privacyUrl: "https://alderfinch.example/privacy",
  };
}

async function read(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await startStandIn();
