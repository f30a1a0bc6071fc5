import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { createApi } from "../src/chat/api.ts";
import { createChat, newId, type Chat } from "../src/chat/chat.ts";
import { createStore } from "../src/chat/storage.ts";

type Call = {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly token: string;
};

let calls: Call[];
let answers: ((call: Call) => Response | Promise<Response> | undefined)[];
let life: AbortController;
let opened: number;
let onLine: boolean;

beforeEach(() => {
  calls = [];
  answers = [];
  opened = 0;
  onLine = true;
  life = new AbortController();
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: {
      get onLine() {
        return onLine;
      },
      language: "en",
    },
  });
  const target = new EventTarget();
  Object.assign(globalThis, {
    addEventListener: target.addEventListener.bind(target),
    dispatchEvent: target.dispatchEvent.bind(target),
  });
  // The portal at the other end of the wire.
  globalThis.fetch = async (url, init) => {
    const headers = init?.headers as Record<string, string>;
    const call = {
      method: init?.method ?? "GET",
      path: String(url).slice("https://portal.test/".length),
      body: JSON.parse(String(init?.body ?? "{}")),
      token: headers["Authorization"] ?? "",
    };
    calls.push(call);
    init?.signal?.throwIfAborted();
    for (const answer of answers) {
      const response = await answer(call);
      if (response) return response;
    }
    if (call.path === "sessions")
      return Response.json({ token: `t${++opened}`, visitorId: "v", resumed: call.body["token"] !== null });
    if (call.method === "GET") return Response.json({ messages: [] });
    if (call.path === "messages")
      return Response.json({
        id: "m1",
        clientMessageId: call.body["clientMessageId"],
        status: "answered",
        response: "Yes.",
      });
    return new Response(null, { status: 204 });
  };
});

afterEach(() => life.abort());

const once = (path: string, make: (call: Call) => Response | Promise<Response>) => {
  let used = false;
  answers.push(call => (used || call.path !== path || call.method === "GET" ? undefined : ((used = true), make(call))));
};
const page = () => ({ url: "https://shop.test/", title: "Shop" });
const problem = (status: number, code: string, headers = {}) => Response.json({ code }, { status, headers });
const store = () => {
  const items = new Map<string, string>();
  return createStore("w", () => ({
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: key => void items.delete(key),
  }));
};

function start(kept = store()): {
  chat: Chat;
  kept: typeof kept;
  until: (done: () => boolean) => Promise<void>;
  events: string[];
} {
  const events: string[] = [];
  let wake = () => undefined as void;
  const chat = createChat(
    createApi("https://portal.test/", "de", page, life.signal),
    kept,
    newId(),
    () => wake(),
    name => events.push(name),
    life.signal,
  );
  const until = async (done: () => boolean) => {
    while (!done())
      await new Promise<void>(resolve => {
        wake = resolve;
        setTimeout(resolve, 5);
      });
  };
  return { chat, kept, until, events };
}
const last = (chat: Chat) => chat.conversation().at(-1);

test("a question is shown at once, asked once and answered", async () => {
  const { chat, until, events } = start();
  assert.equal(chat.ask("  Can I return a sofa? "), true);
  assert.equal(last(chat)?.question, "Can I return a sofa?");
  await until(() => last(chat)?.status === "answered");
  assert.equal(last(chat)?.answer, "Yes.");
  assert.deepEqual(
    calls.map(call => call.path),
    ["sessions", "messages"],
  );
  assert.deepEqual(events, ["message", "answer"]);
});

test("session and question carry the language of the chat", async () => {
  const { chat, until } = start();
  chat.ask("Hallo");
  await until(() => last(chat)?.status === "answered");
  assert.deepEqual(
    calls.map(call => [call.path, call.body["locale"]]),
    [
      ["sessions", "de"],
      ["messages", "de"],
    ],
  );
});

test("a question leaves before anything is kept or shown of it", () => {
  const kept = store();
  kept.change({ token: "t0" });
  const order: string[] = [];
  const chat = createChat(
    {
      ...createApi("https://portal.test/", "de", page, life.signal),
      ask: async () => {
        order.push("asked");
        return {};
      },
    },
    {
      ...kept,
      change: part => {
        order.push("kept");
        kept.change(part);
      },
    },
    newId(),
    () => order.push("shown"),
    () => order.push("told"),
    life.signal,
  );
  chat.ask("Hello");
  assert.deepEqual(order.slice(0, 2), ["asked", "kept"]);
});

test("nothing is asked of the portal, and nothing kept, before there is a conversation", async () => {
  const { chat, kept } = start();
  await chat.load();
  assert.equal(calls.length, 0);
  assert.equal(kept.read().token, null);
});

test("an answer that streams grows and ends with what the portal calls done", async () => {
  once(
    "messages",
    () =>
      new Response(
        'event: ping\ndata: {}\n\nevent: delta\ndata: {"text":"Ye"}\n\nevent: delta\ndata: {"text":"s"}\n\nevent: done\ndata: {"id":"m1","status":"answered","response":"Yes!"}\n\n',
        { headers: { "Content-Type": "text/event-stream; charset=utf-8" } },
      ),
  );
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "streaming");
  await until(() => last(chat)?.status === "answered");
  assert.equal(last(chat)?.answer, "Yes!");
});

test("a stream that breaks off is picked up again with the same id", async () => {
  once(
    "messages",
    () => new Response('event: delta\ndata: {"text":"Ye"}\n\n', { headers: { "Content-Type": "text/event-stream" } }),
  );
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "answered");
  assert.equal(last(chat)?.answer, "Yes.");
  const ids = calls.filter(call => call.path === "messages").map(call => call.body["clientMessageId"]);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

test("an expired session is resumed and the same message sent again", async () => {
  once("messages", () => problem(401, "session_expired"));
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "answered");
  assert.deepEqual(
    calls.map(call => call.path),
    ["sessions", "messages", "sessions", "messages"],
  );
  assert.equal(calls[2]?.body["token"], "t1");
  assert.equal(calls[1]?.body["clientMessageId"], calls[3]?.body["clientMessageId"]);
  assert.equal(calls[3]?.token, "Bearer t2");
});

test("a failed question of a conversation that is gone is asked again in the new one", async () => {
  const kept = store();
  kept.change({ token: "t0" });
  answers.push(call => {
    if (call.token === "Bearer t0" && call.method === "GET")
      return Response.json({
        messages: [
          {
            id: "m0",
            clientMessageId: "c0",
            message: "Hello",
            status: "failed",
            response: "Sorry.",
            createdAt: "2026-11-22T10:00:00Z",
          },
        ],
      });
    if (call.token === "Bearer t0") return problem(401, "session_expired");
    return call.path === "sessions" ? Response.json({ token: "t1", visitorId: "v", resumed: false }) : undefined;
  });
  const { chat, until } = start(kept);
  await chat.load();
  assert.equal(last(chat)?.status, "failed");
  chat.again("c0");
  await until(() => last(chat)?.status !== "waiting" && last(chat)?.status !== "queued");
  assert.deepEqual([chat.conversation().length, last(chat)?.question, last(chat)?.status], [1, "Hello", "answered"]);
});

test("only a visitor who sends again asks for another try, not a line that is picked up", async () => {
  once("messages", () => Response.json({ id: "m1", status: "failed", response: "Sorry." }));
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "failed");
  once(
    "messages",
    () => new Response('event: delta\ndata: {"text":"Ye"}\n\n', { headers: { "Content-Type": "text/event-stream" } }),
  );
  chat.again(last(chat)!.key);
  await until(() => last(chat)?.status === "answered");
  assert.deepEqual(
    calls.filter(call => call.path === "messages").map(call => call.body["again"]),
    [undefined, true, undefined],
  );
});

test("a question without an answer can be sent again with the same id", async () => {
  once("messages", () => Response.json({ id: "m1", status: "failed", response: "Sorry." }));
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "failed");
  assert.equal(last(chat)?.answer, "Sorry.");
  chat.again(last(chat)!.key);
  await until(() => last(chat)?.status === "answered");
  const ids = calls.filter(call => call.path === "messages").map(call => call.body["clientMessageId"]);
  assert.equal(ids[0], ids[1]);
});

test("every refusal has its own sentence", async () => {
  for (const [code, status, expected] of [
    ["rate_limited", 429, "rate"],
    ["message_too_long", 400, "long"],
    ["unavailable", 503, "failed"],
    ["widget_off", 404, "widget"],
    ["widget_demo_used_up", 403, "demo"],
    ["origin_not_allowed", 403, "origin"],
  ] as const) {
    answers = [call => (call.path === "messages" ? problem(status, code, { "Retry-After": "20" }) : undefined)];
    const { chat, until } = start();
    chat.ask("Hello");
    await until(() => last(chat)?.status === "failed");
    assert.equal(last(chat)?.problem, expected);
    assert.equal(last(chat)?.seconds, 20);
    assert.equal(
      chat.closedFor(),
      expected === "widget" || expected === "demo" || expected === "origin" ? expected : null,
    );
  }
});

test("a chat whose messages are used up says what the portal says, and stays open", async () => {
  answers = [
    call =>
      call.path === "messages"
        ? Response.json(
            { code: "widget_over_budget", answer: "Write to us." },
            { status: 429, headers: { "Retry-After": "3600" } },
          )
        : undefined,
  ];
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "failed");
  assert.deepEqual([last(chat)?.problem, last(chat)?.answer, chat.closedFor()], ["failed", "Write to us.", null]);
});

test("a stopped answer is stopped after a reload too, and an empty one is an answer", async () => {
  const kept = store();
  kept.change({ token: "t0" });
  answers.push(call =>
    call.method === "GET" && call.path === "messages"
      ? Response.json({
          messages: [
            {
              id: "m0",
              clientMessageId: "c0",
              message: "Long?",
              status: "stopped",
              response: "It all began…",
              createdAt: "2026-11-22T10:00:00Z",
            },
            {
              id: "m1",
              clientMessageId: "c1",
              message: "Boats?",
              status: "empty",
              response: "Write to us.",
              createdAt: "2026-11-22T10:01:00Z",
            },
          ],
        })
      : undefined,
  );
  const { chat } = start(kept);
  await chat.load();
  assert.deepEqual(
    chat.conversation().map(turn => [turn.status, turn.problem, turn.answer]),
    [
      ["stopped", null, "It all began…"],
      ["answered", null, "Write to us."],
    ],
  );
});

test("without a connection a question waits, survives a reload and is sent when it is back", async () => {
  onLine = false;
  answers.push(() => (onLine ? undefined : Promise.reject(new TypeError("offline"))));
  const { chat, kept, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "queued");
  assert.deepEqual(
    calls.map(call => call.path),
    ["sessions"],
  );
  assert.equal(chat.isOffline(), true);

  const later = start(kept);
  await later.chat.load();
  await later.until(() => last(later.chat)?.status === "queued");
  assert.equal(last(later.chat)?.question, "Hello");
  onLine = true;
  dispatchEvent(new Event("online"));
  await later.until(() => last(later.chat)?.status === "answered");
  assert.deepEqual(kept.read().unsent, []);
});

test("what an earlier page left is not touched before the chat is opened, and goes when it is", async () => {
  const kept = store();
  kept.change({
    unsent: [
      { key: "c1", question: "Hello", at: 1 },
      { key: "c2", question: "Enough", at: 2, status: "stopped" },
    ],
  });
  const { chat, until } = start(kept);
  dispatchEvent(new Event("online"));
  assert.deepEqual([chat.conversation().length, calls.length], [0, 0]);
  await chat.load();
  await until(() => chat.conversation()[0]?.status === "answered");
  assert.equal(chat.conversation()[1]?.status, "stopped");
  assert.deepEqual(
    calls.filter(call => call.path === "messages").map(call => call.body["clientMessageId"]),
    ["c1"],
  );
});

test("two tabs keep their unsent questions side by side", async () => {
  onLine = false;
  const kept = store();
  const [one, other] = [start(kept), start(kept)];
  one.chat.ask("One");
  other.chat.ask("Other");
  assert.deepEqual(
    kept.read().unsent.map(turn => turn.question),
    ["One", "Other"],
  );
  one.chat.reset();
  assert.deepEqual(
    kept.read().unsent.map(turn => turn.question),
    ["Other"],
  );
});

test("a question that is still being answered is joined after a reload", async () => {
  const kept = store();
  kept.change({ token: "t0" });
  answers.push(call =>
    call.method === "GET"
      ? Response.json({
          messages: [
            { id: "m1", clientMessageId: "c1", message: "Hello", status: "pending", createdAt: "2026-11-22T10:00:00Z" },
          ],
        })
      : undefined,
  );
  const { chat, until } = start(kept);
  await chat.load();
  await until(() => last(chat)?.status === "answered");
  assert.equal(calls.at(-1)?.body["clientMessageId"], "c1");
});

test("stop leaves the question with the visitor", async () => {
  answers.push(call =>
    call.path === "messages"
      ? new Promise<Response>((_, reject) => setTimeout(() => reject(new DOMException("", "AbortError")), 5))
      : undefined,
  );
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => calls.some(call => call.path === "messages") || last(chat)?.status !== "waiting");
  chat.stop();
  await until(() => last(chat)?.status === "stopped");
});

test("a rating that was not taken is shown as not given", async () => {
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "answered");
  await chat.rate(last(chat)!.key, "up");
  assert.equal(last(chat)?.feedback, "up");
  once("messages/m1/feedback", () => problem(503, "unavailable"));
  assert.equal(await chat.rate(last(chat)!.key, "down", "The price"), false);
  assert.deepEqual([last(chat)?.feedback, last(chat)?.comment], ["up", ""]);
});

test("forget me deletes the conversation there and here; a new conversation keeps the visitor", async () => {
  const { chat, kept, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "answered");
  chat.reset();
  assert.deepEqual([chat.conversation().length, kept.read().token, kept.read().visitorId], [0, null, "v"]);
  chat.ask("Hello again");
  await until(() => last(chat)?.status === "answered");
  await chat.forget();
  assert.deepEqual([calls.at(-1)?.method, calls.at(-1)?.path, kept.read().visitorId], ["DELETE", "session", null]);
});

test("forget me is not undone by a question that still sleeps, waits or opens its session", async () => {
  for (const hold of ["sessions", "messages"]) {
    calls = [];
    let go = () => undefined as void;
    answers = [
      call =>
        call.path === hold && call.method === "POST"
          ? new Promise(resolve => {
              go = () =>
                resolve(hold === "messages" ? Response.error() : Response.json({ token: "t9", visitorId: "v" }));
            })
          : undefined,
    ];
    const { chat, kept, until } = start();
    chat.ask("Hello");
    chat.ask("And this?");
    await until(() => calls.some(call => call.path === hold));
    // The portal takes its time to delete.
    answers = [
      call =>
        call.method === "DELETE"
          ? new Promise(resolve => {
              setTimeout(() => resolve(new Response(null, { status: 204 })), 20);
            })
          : undefined,
    ];
    const forgotten = chat.forget();
    go();
    await forgotten;
    await new Promise(resolve => setTimeout(resolve, 20));
    assert.deepEqual([calls.at(-1)?.method, calls.at(-1)?.path], ["DELETE", "session"], hold);
    assert.deepEqual([kept.read().token, kept.read().visitorId, chat.conversation().length], [null, null, 0]);
  }
});

test("a question that is stopped while it sleeps asks nothing more", async () => {
  answers.push(call => (call.path === "sessions" ? Promise.reject(new TypeError("away")) : undefined));
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => calls.length > 0);
  await new Promise(resolve => setTimeout(resolve));
  chat.stop();
  await until(() => last(chat)?.status === "stopped");
  assert.equal(calls.length, 1);
});

test("a call that comes back from a conversation that was forgotten opens no other", async () => {
  const { chat, kept, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "answered");
  let refuse = () => undefined as void;
  once(
    "messages/m1/feedback",
    () =>
      new Promise(resolve => {
        refuse = () => resolve(problem(401, "session_expired"));
      }),
  );
  const rated = chat.rate(last(chat)!.key, "up");
  await chat.forget();
  refuse();
  assert.equal(await rated, false);
  assert.deepEqual([calls.filter(call => call.path === "sessions").length, kept.read().token], [1, null]);
});

test("the way is prepared once, however many letters are typed", async () => {
  const { chat, kept, until } = start();
  for (let letter = 0; letter < 5; letter++) chat.prepare();
  await until(() => kept.read().token !== null && calls.length > 1);
  chat.prepare();
  assert.deepEqual(
    calls.map(call => [call.method, call.path]),
    [
      ["POST", "sessions"],
      ["GET", "messages"],
    ],
  );
});

test("a first visitor who was refused is let in when the chat is opened later", async () => {
  once("sessions", () => problem(403, "widget_demo_closed"));
  const { chat, until } = start();
  chat.prepare();
  await until(() => chat.closedFor() === "widget");
  assert.equal(chat.ask("Hello"), false);
  await chat.load();
  assert.equal(chat.closedFor(), null);
  assert.equal(chat.ask("Hello"), true);
});

test("without a channel between tabs it works all the same", async () => {
  const channel = globalThis.BroadcastChannel;
  globalThis.BroadcastChannel = class {
    constructor() {
      throw new DOMException("The operation is insecure.", "SecurityError");
    }
  } as never;
  try {
    const { chat, until } = start();
    chat.ask("Hello");
    await until(() => last(chat)?.status === "answered");
    chat.reset();
    assert.equal(chat.conversation().length, 0);
  } finally {
    globalThis.BroadcastChannel = channel;
  }
});

test("what is empty or longer than 4000 characters is not sent", () => {
  const { chat } = start();
  assert.equal(chat.ask("   "), false);
  assert.equal(chat.ask("x".repeat(4001)), false);
  assert.equal(chat.conversation().length, 0);
});

test("a browser that wrongly thinks it is offline does not keep a question back", async () => {
  onLine = false;
  const { chat, until } = start();
  chat.ask("Hello");
  await until(() => last(chat)?.status === "answered");
  assert.equal(chat.isOffline(), false);
});

test("an emoji whose halves come in two pieces arrives whole", async () => {
  once(
    "messages",
    () =>
      new Response('event: delta\ndata: {"text":"Yes \\ud83d"}\n\nevent: delta\ndata: {"text":"\\ude00"}\n\n', {
        headers: { "Content-Type": "text/event-stream" },
      }),
  );
  const { chat, until } = start();
  const seen = new Set<string>();
  chat.ask("Hello");
  await until(() => (seen.add(last(chat)!.answer), last(chat)?.status === "answered"));
  assert.ok(![...seen].some(answer => answer.includes("\ufffd")), [...seen].join());
});

test("what is asked while an answer comes waits for it, and goes even when that one is stopped or fails", async () => {
  let go = () => undefined as void;
  once(
    "messages",
    () =>
      new Promise(resolve => {
        go = () => resolve(problem(500, "unavailable"));
      }),
  );
  const { chat, until } = start();
  chat.ask("One");
  chat.ask("Two");
  await until(() => calls.some(call => call.path === "messages"));
  assert.deepEqual(
    chat.conversation().map(turn => turn.status),
    ["waiting", "queued"],
  );
  go();
  await until(() => last(chat)?.status === "answered");
  assert.deepEqual(
    chat.conversation().map(turn => turn.status),
    ["failed", "answered"],
  );
});
