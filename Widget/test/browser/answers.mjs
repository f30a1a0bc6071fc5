// What reads and draws answers is a file of its own: when it is fetched, and what stands there without it.
import assert from "node:assert/strict";
import { state, visit } from "../visit.mjs";

const file = /chunks\/answers\.\w+\.js/;
const asked = () => state.requests.filter(request => file.test(request)).length;

visit(
  "an empty chat does without, and who begins to write has it before the question is out",
  {},
  async ({ page, open, ask, field, part, inside, answered }) => {
    await open();
    await inside(() => performance.getEntriesByType("resource").some(entry => entry.name.endsWith("/messages")));
    assert.equal(asked(), 0);
    const fetched = page.waitForResponse(file);
    await field.press("H");
    await fetched;
    await ask("Hello");
    await answered(1);
    await part(".answered .text strong", { hasText: "30 days" }).waitFor();
    assert.equal(asked(), 1);
  },
);

visit("who reaches for a suggestion has it before the question is out", {}, async ({ page, open }) => {
  await open();
  const fetched = page.waitForResponse(file);
  await page.getByRole("button", { name: "Can I return a sofa?" }).hover();
  await fetched;
  assert.ok(!state.requests.includes("POST /messages"));
});

visit("who comes back has it together with what was said", {}, async ({ page, open, ask, answered, part }) => {
  await open();
  await ask("Hello");
  await answered(1);
  let release = () => {};
  const held = new Promise(resolve => {
    release = resolve;
  });
  await page.route("**/messages", async route => {
    await held;
    await route.continue();
  });
  const fetched = page.waitForRequest(file);
  await page.reload();
  await fetched;
  release();
  await part(".answered .text strong", { hasText: "30 days" }).waitFor();
});

visit(
  "an answer that comes before it is there in plain text, and grows on as what it is",
  {},
  async ({ page, open, ask, part, answered }) => {
    let release = () => {};
    const held = new Promise(resolve => {
      release = resolve;
    });
    await page.route(file, async route => {
      await held;
      await route.continue();
    });
    await open();
    await ask("stream it");
    await part(".streaming .text", { hasText: "**30 days**" }).waitFor();
    release();
    await part(".streaming .text strong", { hasText: "30 days" }).waitFor();
    await answered(1);
    await part(".answered .text li", { hasText: "Otherwise" }).waitFor();
    assert.equal(await part(".text", { hasText: "**" }).count(), 0);
  },
);

for (const stream of [true, false]) {
  visit(
    `where it cannot be had the answer is plain text, and the next question asks for it again, ${stream ? "streamed" : "in one piece"}`,
    {
      stream,
      before: page => page.route(file, route => route.abort()),
    },
    async ({ page, open, ask, part, answered }) => {
      await open();
      await ask("Hello");
      await answered(1);
      const text = part(".answered .text").first();
      await part(".answered .text", { hasText: "**Otherwise** collection costs €49" }).waitFor();
      // Its lines stay lines.
      assert.equal(await text.evaluate(element => getComputedStyle(element).whiteSpace), "pre-wrap");
      assert.match(await text.textContent(), /home\.\n\n- \*\*Not/);
      await page.unroute(file);
      await ask("And again");
      await answered(2);
      await part(".text strong", { hasText: "30 days" }).nth(1).waitFor();
      assert.equal(await part(".text", { hasText: "**" }).count(), 0);
    },
  );
}
