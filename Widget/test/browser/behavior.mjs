// How it behaves in a visitor's hands: over pages and tabs, while an answer comes, and where text runs the other way.
import assert from "node:assert/strict";
import { html, snippet, visit, visitor } from "../visit.mjs";

function deferred() {
  let resolve;
  return { promise: new Promise(done => (resolve = done)), resolve: () => resolve() };
}

const long = Array.from({ length: 60 }, (_, n) => `Line ${n} of a long answer.`).join("\n\n");

for (const [how, stream] of [
  ["as JSON", false],
  ["in one piece of a stream", true],
]) {
  visit(
    `a long answer that comes ${how} is read from its beginning`,
    { stream, answer: long },
    async ({ page, open, ask, part, inside }) => {
      if (stream)
        await page.route("**/messages", async route => {
          if (route.request().method() !== "POST") return route.fallback();
          const { clientMessageId } = route.request().postDataJSON();
          const send = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
          const done = {
            id: "0198c0de-0000-7000-8000-0000000000bb",
            clientMessageId,
            status: "answered",
            response: long,
          };
          await route.fulfill({
            headers: { "Access-Control-Allow-Origin": "*", "Content-Type": "text/event-stream" },
            body: send("delta", { text: long }) + send("done", done),
          });
        });
      await open();
      await ask("Hello");
      await inside(
        css => document.querySelector("chat-portal-widget").shadowRoot.querySelector(css),
        ".answered .tools",
      );
      const [scroll, answer] = [await part(".scroll").boundingBox(), await part(".answered .bot").boundingBox()];
      assert.ok(answer.y >= scroll.y && answer.y < scroll.y + 60, JSON.stringify([scroll, answer]));
    },
  );
}

visit("an answer that is quicker than the history stays", {}, async ({ page, open, ask, answered, part }) => {
  const { promise: shown, resolve: show } = deferred();
  await page.route("**/messages", async route => {
    if (route.request().method() !== "GET") return route.fallback();
    // As it was when it was asked for: before the first question.
    await shown;
    await route.fulfill({ headers: { "Access-Control-Allow-Origin": "*" }, json: { messages: [] } });
  });
  await open();
  const history = page.waitForResponse(answer => answer.request().method() === "GET" && /messages$/.test(answer.url()));
  await ask("Hello");
  await answered(1);
  show();
  await (await history).finished();
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.equal(await part(".answered .bot").count(), 1);
});

visit(
  "what was open stays open on the next page, with what was being written",
  {},
  async ({ page, open, field, dialog, launcher }) => {
    await open();
    await field.fill("Half a quest");
    await page.reload();
    await dialog.waitFor();
    assert.equal(await field.inputValue(), "Half a quest");
    assert.ok((await field.boundingBox()).height > 20);
    assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
    await launcher.click();
    await dialog.waitFor({ state: "hidden" });
    await page.reload();
    await launcher.hover();
    await dialog.waitFor({ state: "attached" });
    assert.equal(await dialog.isVisible(), false);
    const other = visitor(await page.context().newPage());
    await other.page.goto(page.url());
    await other.launcher.waitFor();
    assert.equal(await other.page.evaluate(() => sessionStorage.length), 0);
  },
);

visit(
  "an answer that came while another page was opened is counted, and no more when it was seen",
  {},
  async ({ page, open, ask, part, launcher, answered }) => {
    await open();
    await ask("wait");
    await page.keyboard.press("Escape");
    await page.reload();
    await part(".unread", { hasText: /^1$/ }).waitFor();
    await page.reload();
    await part(".unread", { hasText: /^1$/ }).waitFor();
    await launcher.click();
    await answered(1);
    await page.keyboard.press("Escape");
    await page.reload();
    await launcher.waitFor();
    assert.equal(await part(".unread").textContent(), "");
  },
);

visit("Delete my data leaves nothing in the tab either", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("Hello");
  await answered(1);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Delete my data" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Conversation deleted").waitFor();
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
});

visit(
  "what is sent while the bot answers waits, says so, and goes when the answer is done",
  {},
  async ({ page, open, ask, field, answered, session, part }) => {
    await open();
    await ask("stream it");
    await part(".streaming .bot").waitFor();
    await ask("And the second?");
    await page.getByText("Waiting to be sent").waitFor();
    await field.fill("And the third?");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    assert.deepEqual(await part(".queued .state").allTextContents(), ["Waiting to be sent", "Waiting to be sent"]);
    assert.equal(await field.inputValue(), "");
    assert.equal(session().messages.length, 1);
    await answered(3);
    assert.deepEqual(
      session().messages.map(({ message }) => message),
      ["stream it", "And the second?", "And the third?"],
    );
  },
);

visit(
  "what waits says for what: the connection while there is none, and the answer before it once there is one again",
  {},
  async ({ page, open, ask, part }) => {
    const waiting = words => part(".queued .state", { hasText: words }).waitFor();
    await open();
    await ask("wait");
    await part(".waiting").waitFor();
    await ask("And the second?");
    await waiting(/^Waiting to be sent$/);
    await page.evaluate(() => {
      Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
      dispatchEvent(new Event("offline"));
    });
    await waiting(/^Sending when online…$/);
    await page.evaluate(() => {
      delete navigator.onLine;
      dispatchEvent(new Event("online"));
    });
    await waiting(/^Waiting to be sent$/);
  },
);

visit(
  "a click beside the menu closes it, in the chat and on the page, and it is no wider than its words",
  { page: html(snippet(), "<button id=beside>Page</button>") },
  async ({ page, open, part }) => {
    const more = page.getByRole("button", { name: "More" });
    const menu = part(".menu");
    await open();
    for (const beside of [() => part(".hello h2").click(), () => page.locator("#beside").click()]) {
      await more.click();
      await menu.waitFor();
      await beside();
      await menu.waitFor({ state: "hidden" });
      assert.equal(await more.getAttribute("aria-expanded"), "false");
    }
    await more.click();
    assert.ok((await menu.boundingBox()).width < 200, `${(await menu.boundingBox()).width}`);
    await page.getByRole("button", { name: "New conversation" }).click();
  },
);

visit(
  "another tab shows a question at once, in order, and asks its own when the first is answered",
  {},
  async ({ page, open, ask, answered, session, part }) => {
    await open();
    await ask("One");
    await answered(1);
    const other = visitor(await page.context().newPage());
    await other.page.goto(page.url());
    await other.open();
    await other.answered(1);
    await ask("wait for it");
    await other.page.locator("chat-portal-widget .waiting", { hasText: "wait for it" }).waitFor();
    await other.ask("Three");
    await page.locator("chat-portal-widget .queued", { hasText: "Three" }).waitFor();
    await Promise.all([answered(3), other.answered(3)]);
    for (const tab of [part, other.part])
      assert.deepEqual(
        (await tab(".me").allTextContents()).map(text => text.replace("You: ", "")),
        ["One", "wait for it", "Three"],
      );
    assert.deepEqual(
      session().messages.map(({ message }) => message),
      ["One", "wait for it", "Three"],
    );
  },
);

visit("a tab that is closed leaves its question to the other", {}, async ({ page, open, ask, answered, session }) => {
  await open();
  await ask("One");
  await answered(1);
  const other = visitor(await page.context().newPage());
  await other.page.goto(page.url());
  await other.open();
  await other.answered(1);
  await ask("wait for it");
  await other.page.locator("chat-portal-widget .waiting").waitFor();
  await page.close({ runBeforeUnload: false });
  await other.answered(2);
  assert.equal(session().messages.length, 2);
});

visit(
  "what is selected while an answer grows is still selected at its end",
  { answer: "First **words** that somebody copies.\n\n1. One item\n\n2. Another item\n\nAnd the end of it." },
  async ({ page, open, ask, answered, inside }) => {
    await open();
    await ask("stream it");
    await inside(
      css => document.querySelector("chat-portal-widget").shadowRoot.querySelector(css),
      ".streaming .text ol li",
    );
    await page.evaluate(css => {
      const root = document.querySelector("chat-portal-widget").shadowRoot;
      root.getSelection().selectAllChildren(root.querySelector(css));
    }, ".streaming .text p");
    await answered(1);
    assert.equal(
      await page.evaluate(() =>
        document.querySelector("chat-portal-widget").shadowRoot.getSelection().toString().trim(),
      ),
      "First words that somebody copies.",
    );
  },
);

visit("who asks the next question is no longer asked what was missing", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("Hello");
  await answered(1);
  await page.getByRole("button", { name: "Not helpful" }).click();
  await page.getByLabel("What was missing?").waitFor();
  await ask("And now?");
  await page.getByLabel("What was missing?").waitFor({ state: "hidden" });
});

for (const [locale, time] of [
  ["en-GB", "10:42"],
  ["en-US", "10:42 AM"],
]) {
  visit(
    `a message of today has the time alone, as the visitor writes it: ${locale}`,
    { locale, before: page => page.clock.setFixedTime(new Date("2026-11-22T10:42:00Z")), timezoneId: "UTC" },
    async ({ open, ask, answered, part }) => {
      await open();
      await ask("Hello");
      await answered(1);
      await part(".when", { hasText: new RegExp(`^${time}$`) }).waitFor();
    },
  );
}

visit(
  "where the day changes stands the date",
  { locale: "en-GB", before: page => page.clock.setFixedTime(new Date("2026-11-22T10:42:00Z")), timezoneId: "UTC" },
  async ({ page, open, ask, answered, session, part }) => {
    await open();
    await ask("Hello");
    await answered(1);
    const row = session().messages[0];
    session().messages.unshift(
      ...["2025-12-31T22:00:00Z", "2026-11-20T23:58:00Z", "2026-11-21T00:02:00Z"].map((createdAt, n) => ({
        ...row,
        id: `${row.id.slice(0, -1)}${n}`,
        clientMessageId: null,
        createdAt,
      })),
    );
    row.createdAt = "2026-11-22T10:42:00Z";
    await page.reload();
    await answered(4);
    await part(".when", { hasText: "22 November · 10:42" }).waitFor();
    await part(".when", { hasText: "31 December 2025 · 22:00" }).waitFor();
    assert.deepEqual(await part(".when").allTextContents(), [
      "31 December 2025 · 22:00",
      "20 November · 23:58",
      "21 November · 00:02",
      "22 November · 10:42",
    ]);
  },
);

visit(
  "a browser that wrongly thinks it has no connection is no hindrance",
  {
    before: page =>
      page.addInitScript(() => Object.defineProperty(Navigator.prototype, "onLine", { get: () => false })),
  },
  async ({ page, open, ask, answered }) => {
    await open();
    await ask("Hello");
    await answered(1);
    await page.getByText("You’re offline").waitFor({ state: "hidden" });
  },
);

for (const [what, options] of [
  ["page in Hebrew", { page: html(snippet()).replace('lang="en"', 'lang="he"') }],
  ["page that runs from right to left", { page: html(snippet()).replace('lang="en"', 'dir="rtl"') }],
  ["chat set to Persian", { config: { texts: { title: "Fern", language: "fa" } } }],
  ["snippet in Urdu", { page: html(snippet('data-language="ur"')) }],
  ["chat in Arabic", { page: html(snippet('data-language="ar"')) }],
]) {
  visit(`the chat runs from right to left: ${what}`, options, async ({ launcher, part, field }) => {
    await launcher.click();
    await field.waitFor();
    assert.equal(await part(".panel").evaluate(e => getComputedStyle(e).direction), "rtl");
    const [close, avatar] = [await part(".head .icon").last().boundingBox(), await part(".ava").boundingBox()];
    assert.ok(close.x < avatar.x);
  });
}

visit(
  "questions to click run their own way",
  {
    config: { texts: { title: "Fern", suggestions: ["هل يمكنني إرجاع iPhone؟"] } },
    before: page =>
      page.route("**/messages", async route => {
        if (route.request().method() !== "POST") return route.fallback();
        await route.fulfill({
          headers: { "Access-Control-Allow-Origin": "*" },
          json: {
            id: "0198c0de-0000-7000-8000-0000000000bc",
            clientMessageId: route.request().postDataJSON().clientMessageId,
            status: "answered",
            response: "نعم",
            suggestions: ["احجز موعدًا (iPhone)"],
          },
        });
      }),
  },
  async ({ open, ask, answered, part }) => {
    await open();
    await ask("Hello");
    await answered(1);
    assert.equal(await part(".pills .pill").evaluate(e => getComputedStyle(e).direction), "rtl");
  },
);
