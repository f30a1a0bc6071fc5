import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createStore, nothing, parseSaved } from "../src/chat/storage.ts";

function shelf() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

const forbidden = () => {
  throw new Error("SecurityError");
};

test("nothing is written by looking", () => {
  const place = shelf();
  assert.deepEqual(createStore("w", () => place).read(), nothing);
  assert.equal(place.items.size, 0);
});

test("what is kept is there for the next page, and gone when forgotten", () => {
  const place = shelf();
  createStore("w", () => place).change({ token: "t", visitorId: "v" });
  assert.deepEqual(createStore("w", () => place).read(), { visitorId: "v", token: "t", agreed: false, unsent: [] });
  createStore("w", () => place).clear();
  assert.equal(place.items.size, 0);
});

test("two widgets of one page keep apart", () => {
  const place = shelf();
  createStore("a", () => place).change({ token: "t" });
  assert.deepEqual(createStore("b", () => place).read(), nothing);
});

test("where storage is forbidden the page itself remembers", () => {
  const store = createStore("w", forbidden);
  store.change({ token: "t" });
  assert.equal(store.read().token, "t");
  store.clear();
  assert.deepEqual(store.read(), nothing);
});

test("a full storage loses nothing of this page", () => {
  const store = createStore("w", () => ({ ...shelf(), setItem: forbidden }));
  store.change({ visitorId: "v" });
  store.change({ token: "t" });
  assert.deepEqual(store.read(), { visitorId: "v", token: "t", agreed: false, unsent: [] });
});

test("whatever lies there, reading it gives something usable", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .json()
          .map(
            json => `{"visitorId":${json},"token":${json},"unsent":[${json},null,{"key":"k","question":"q","at":1}]}`,
          ),
      ),
      json => {
        const saved = parseSaved(json);
        for (const value of [saved.visitorId, saved.token]) assert.ok(value === null || typeof value === "string");
        for (const { key, question, at } of saved.unsent)
          assert.ok(typeof key === "string" && typeof question === "string" && at > 0);
      },
    ),
  );
});

test("what was kept comes back as it was", () => {
  const unsent = fc.record(
    { key: fc.uuid(), question: fc.string(), at: fc.integer({ min: 1 }) },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(
      fc.record(
        {
          visitorId: fc.option(fc.uuid()),
          token: fc.option(fc.uuid()),
          agreed: fc.boolean(),
          unsent: fc.array(unsent),
        },
        { noNullPrototype: true },
      ),
      saved => {
        const place = shelf();
        createStore("w", () => place).change(saved);
        assert.deepEqual(createStore("w", () => place).read(), saved);
      },
    ),
  );
});
