import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createParser, listen, type ServerEvent } from "../src/chat/stream.ts";

const read = (chunks: readonly string[]): ServerEvent[] => {
  const parse = createParser();
  return chunks.flatMap(parse);
};

test("an event has a name and data", () => {
  assert.deepEqual(read(['event: delta\ndata: {"text":"Hi"}\n\n']), [{ name: "delta", data: '{"text":"Hi"}' }]);
});

test("several data lines are one text, comments and unknown fields are nothing", () => {
  assert.deepEqual(read([": hello\nid: 7\ndata: a\ndata:b\ndata\n\n"]), [{ name: "message", data: "a\nb\n" }]);
});

test("an event without data, or without its end, is none", () => {
  assert.deepEqual(read(["event: ping\n\ndata: half"]), []);
});

test("wherever the network cuts it, the stream says the same", () => {
  const line = fc.constantFrom(
    "event: delta",
    "event:done",
    "data: a: b",
    "data:",
    "data: ü€😀",
    ": note",
    "",
    "id: 1",
    "nonsense",
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 20 })
    .map(lines => lines.map(parts => parts.join("")).join("") + "\n\n");
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200)), (text, cuts) => {
      const at = [...new Set([0, ...cuts.map(cut => cut % (text.length + 1)), text.length])].sort((a, b) => a - b);
      assert.deepEqual(read(at.slice(1).map((end, i) => text.slice(at[i], end))), read([text]));
    }),
  );
});

test("whatever comes in, the parser does not fall over", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), chunks => {
      read(chunks);
    }),
  );
});

/** Everything that is heard until the line ends. */
async function heard(body: ReadableStream<Uint8Array>, idle: number): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  await assert.rejects(
    listen(new Response(body), idle, event => {
      events.push(event);
      return null;
    }),
  );
  return events;
}

test("letters that are cut in the middle arrive whole", async () => {
  const bytes = new TextEncoder().encode("data: grün 😀\n\n");
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  assert.deepEqual(await heard(body, 1000), [{ name: "message", data: "grün 😀" }]);
});

test("a line that has gone silent ends", async () => {
  const events = await heard(
    new ReadableStream({ start: controller => controller.enqueue(new TextEncoder().encode("data: a\n\n")) }),
    20,
  );
  assert.equal(events.length, 1);
});

test("nothing is heard after the end", async () => {
  const events: string[] = [];
  const hear = ({ data }: ServerEvent) => {
    events.push(data);
    return data === "b" ? "end" : null;
  };
  assert.equal(await listen(new Response("data: a\n\ndata: b\n\ndata: c\n\n"), 1000, hear), "end");
  assert.deepEqual(events, ["a", "b"]);
});
