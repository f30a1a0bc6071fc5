import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  asked,
  begin,
  change,
  find,
  grow,
  isOpen,
  merge,
  nextQueued,
  put,
  running,
  unsent,
  type Conversation,
  type Status,
  type Turn,
} from "../src/chat/conversation.ts";

const question = asked({ key: "k1", question: "Can I return a sofa?", at: 1 });
const failure = { status: "failed", problem: "network", answer: "" } as const;
const status = fc.constantFrom<Status>("queued", "waiting", "streaming", "answered", "failed", "stopped");
const turn = fc
  .record({ key: fc.constantFrom("a", "b", "c", "d", "e"), status, answer: fc.string() })
  .map(({ key, ...rest }): Turn => ({
    ...asked({ key, question: `question ${key}`, at: 1 }),
    ...rest,
    id: rest.status === "answered" ? `id-${key}` : null,
  }));
const turns = fc.uniqueArray(turn, { selector: t => t.key });
const conversation = turns.map((list): Conversation => list);
const history = turns.map(list =>
  list.map(t => ({
    ...t,
    id: `id-${t.key}`,
    status: t.status === "answered" || t.status === "failed" ? t.status : ("waiting" as const),
  })),
);

test("a question heard twice is shown once", () => {
  const once = put([], question);
  assert.deepEqual(put(once, question), once);
});

test("an answer grows word by word and ends with what the portal says", () => {
  let c = begin(put([], question), "k1");
  assert.equal(find(c, "k1")?.status, "waiting");
  c = grow(grow(c, "k1", "Yes"), "k1", ", you can.");
  assert.equal(find(c, "k1")?.answer, "Yes, you can.");
  c = change(c, "k1", { status: "answered", answer: "Yes, you can." });
  assert.equal(grow(c, "k1", " Late words."), c);
});

test("asking again starts from nothing with the same key", () => {
  const failed = change(grow(begin(put([], question), "k1"), "k1", "Ye"), "k1", failure);
  assert.equal(find(failed, "k1")?.answer, "");
  const again = find(begin(failed, "k1"), "k1");
  assert.deepEqual([again?.key, again?.status, again?.problem], ["k1", "waiting", null]);
});

test("what only this page knows survives the server's history, and only once", () => {
  const ours = change(put([], question), "k1", failure);
  const theirs = { ...asked({ key: "k0", question: "Hello", at: 0 }), id: "i0", status: "answered" as const };
  assert.deepEqual(
    merge(ours, [theirs]).map(t => t.key),
    ["k0", "k1"],
  );
  assert.equal(merge(ours, [{ ...question, id: "i1", status: "answered", answer: "Yes." }]).length, 1);
});

test("an answer that is being written is not overtaken by its own pending row", () => {
  const ours = grow(begin(put([], question), "k1"), "k1", "Ye");
  assert.equal(merge(ours, [{ ...question, id: "i1", status: "waiting" }])[0]?.answer, "Ye");
});

test("what was answered while the history was on its way stays, and what the server no longer knows goes", () => {
  const before = put([], question);
  const now = change(begin(before, "k1"), "k1", { status: "answered", answer: "Yes." });
  assert.deepEqual(
    merge(now, [], before).map(t => t.answer),
    ["Yes."],
  );
  assert.deepEqual(merge(now, [], now), []);
});

test("hearing the history twice changes nothing more", () => {
  fc.assert(
    fc.property(conversation, history, (ours, theirs) => {
      const once = merge(ours, theirs);
      assert.deepEqual(merge(once, theirs), once);
    }),
  );
});

test("no key is ever there twice, and nothing unsent is lost", () => {
  fc.assert(
    fc.property(conversation, history, turn, (ours, theirs, extra) => {
      const merged = put(merge(ours, theirs), extra);
      const keys = merged.map(t => t.key);
      assert.equal(new Set(keys).size, keys.length);
      for (const { key } of unsent(ours)) assert.ok(keys.includes(key));
    }),
  );
});

test("nothing changes the conversation it was given", () => {
  fc.assert(
    fc.property(conversation, turn, (before, t) => {
      const copy = structuredClone(before);
      put(before, t);
      change(before, t.key, { answer: "x" });
      grow(before, t.key, "y");
      begin(before, t.key);
      merge(before, [t]);
      assert.deepEqual(before, copy);
    }),
  );
});

test("what runs and what waits is found", () => {
  fc.assert(
    fc.property(conversation, c => {
      assert.equal(running(c) !== undefined, c.some(isOpen));
      assert.equal(
        nextQueued(c),
        c.find(t => t.status === "queued"),
      );
    }),
  );
});
