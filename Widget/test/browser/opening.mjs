// How the chat opens, and what happens before the first question.
import assert from "node:assert/strict";
import { html, snippet, state, visit, visitor } from "../visit.mjs";

visit(
  "the page can call it, before it is loaded and after, and be rid of it",
  {
    before: page =>
      page.addInitScript(() => {
        window.ChatPortal = [
          [
            "on",
            "answer",
            () => {
              window.answers = (window.answers ?? 0) + 1;
            },
          ],
          ["setPage", { url: "https://shop.example/cart", title: "Cart", plan: "pro", customer: { id: "C-1042" } }],
          ["send", "Hello"],
        ];
      }),
  },
  async ({ page, answered, dialog, inside, session }) => {
    await answered(1);
    await inside(() => window.answers === 1);
    await page.evaluate(() => {
      window.deaf = () => {
        window.answers = -1;
      };
      window.ChatPortal.on("close", window.deaf);
      window.ChatPortal.off("close", window.deaf);
      return window.ChatPortal.close();
    });
    await dialog.waitFor({ state: "hidden" });
    await page.evaluate(() => window.ChatPortal.toggle());
    await dialog.waitFor();
    await page.evaluate(() => window.ChatPortal.reset());
    await page.getByRole("heading", { name: "Hello! What are you looking for?" }).waitFor();
    assert.equal(await page.evaluate(() => window.answers), 1);
    assert.equal(session().messages.length, 1);
    assert.deepEqual(session().messages[0].page, {
      url: "https://shop.example/cart",
      title: "Cart",
      plan: "pro",
      customer: { id: "C-1042" },
    });
  },
);

visit(
  "the page's own button opens it, and gets the focus back",
  { page: html(snippet('data-launcher="none"'), "<button data-chat-open>Ask us</button>") },
  async ({ page, field, launcher, focuses, inside }) => {
    await inside(() => window.ChatPortal);
    await page.getByRole("button", { name: "Ask us" }).click();
    await field.waitFor();
    await focuses("textarea");
    assert.equal(await launcher.isVisible(), false);
    await page.keyboard.press("Escape");
    await inside(() => document.activeElement.textContent === "Ask us");
  },
);

visit(
  "inline it fills its container and stays open",
  {
    page: html(
      `${snippet("").replace('data-widget="0198c0de-0000-7000-8000-000000000001"', "")}<style>#box { width: 500px; height: 600px; border: 1px solid }</style>`,
      '<div id="box"><chat-portal-widget data-widget="0198c0de-0000-7000-8000-000000000001" data-inline></chat-portal-widget></div>',
    ),
  },
  async ({ page, field, dialog, ask, answered, launcher, shot }) => {
    await field.waitFor();
    assert.equal(await page.getByRole("region", { name: "Fern" }).count(), 1);
    const [box, panel] = [await page.locator("#box").boundingBox(), await dialog.boundingBox()];
    assert.deepEqual([panel.width, panel.height], [box.width - 2, box.height - 2]);
    assert.equal(await launcher.isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
    await ask("Hello");
    await answered(1);
    await page.keyboard.press("Escape");
    assert.equal(await dialog.isVisible(), true);
    await shot("inline");
  },
);

visit(
  "it opens by itself without taking the focus, until the visitor closes it",
  { config: { behavior: { openAfter: 1 } } },
  async ({ page, dialog, launcher }) => {
    await dialog.waitFor();
    assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
    await page.getByRole("button", { name: "Close chat" }).last().click();
    await page.clock.install();
    await page.reload();
    await launcher.waitFor();
    await page.clock.runFor(3000);
    assert.equal(await dialog.count(), 0);
  },
);

visit(
  "nothing is sent before the visitor has agreed",
  { config: { behavior: { consent: true, sensitiveHint: true } } },
  async ({ page, launcher, field, ask, answered, reads, shot }) => {
    await launcher.click();
    await page.getByText("Your messages are processed by Alder & Finch using AI.").waitFor();
    await page.getByText("Please don’t share passwords").waitFor();
    assert.equal(await field.isVisible(), false);
    await page.getByRole("button", { name: "Can I return a sofa?" }).click();
    await reads();
    await shot("consent");
    assert.ok(!state.requests.includes("POST /sessions"));
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
    await page.getByRole("button", { name: "Agree and continue" }).click();
    await ask("Hello");
    await answered(1);
    await page.reload();
    await field.waitFor();
  },
);

visit("a widget that is switched off is not offered", { refuse: "widget_off" }, async ({ page, launcher }) => {
  await page.waitForLoadState("networkidle");
  await launcher.waitFor({ state: "hidden" });
});

visit(
  "after Delete my data the visitor is asked to agree again, and can",
  { config: { behavior: { consent: true } } },
  async ({ page, launcher, field, ask, answered, focuses }) => {
    await launcher.click();
    await page.getByRole("button", { name: "Agree and continue" }).click();
    await focuses("textarea");
    await ask("Hello");
    await answered(1);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Delete my data" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Conversation deleted. Your messages are processed by Alder & Finch using AI.").waitFor();
    await focuses(".panel");
    await page.getByRole("button", { name: "Agree and continue" }).click();
    await field.waitFor();
    await focuses("textarea");
  },
);

visit("closing closes the menu as well", {}, async ({ page, open, launcher, dialog }) => {
  await open();
  const more = page.getByRole("button", { name: "More" });
  await more.click();
  assert.equal(await more.getAttribute("aria-expanded"), "true");
  await launcher.click();
  await dialog.waitFor({ state: "hidden" });
  await open();
  assert.equal(await more.getAttribute("aria-expanded"), "false");
});

visit("a suggestion that is clicked costs no preflight any more", {}, async ({ page, open, answered, inside }) => {
  await open();
  await inside(() => performance.getEntriesByType("resource").some(entry => entry.name.endsWith("/messages")));
  state.requests = [];
  await page.getByRole("button", { name: "Can I return a sofa?" }).click();
  await answered(1);
  // The file that draws answers needs none either.
  assert.deepEqual(
    state.requests.map(request => request.replace(/\.[0-9a-f]{10}\.js$/, "")),
    ["GET /chunks/answers", "POST /messages"],
  );
});

visit(
  "a chat that opened by itself asks nothing of the portal before the visitor reaches for it",
  { config: { behavior: { openAfter: 1 } } },
  async ({ page, dialog, inside }) => {
    await dialog.waitFor();
    assert.ok(!state.requests.some(request => /sessions|messages/.test(request)));
    assert.equal(await page.evaluate(() => localStorage.length), 0);
    await page.getByRole("button", { name: "Can I return a sofa?" }).hover();
    await inside(() => performance.getEntriesByType("resource").some(entry => entry.name.endsWith("/messages")));
    // The file that draws answers may come before, between or after them.
    assert.deepEqual(
      state.requests.filter(request => /^(?!OPTIONS).*\/(sessions|messages)/.test(request)),
      ["POST /sessions", "GET /messages"],
    );
  },
);

visit(
  "a click is answered at once, while panel and language are still on their way",
  {},
  async ({ page, launcher, part, field, focuses, inside }) => {
    await launcher.waitFor();
    let release = () => {};
    const held = new Promise(resolve => {
      release = resolve;
    });
    const asked = [];
    await page.route("**/chunks/**", async route => {
      asked.push(new URL(route.request().url()).pathname.split("/").at(-1).split(".")[0]);
      await held;
      await route.continue();
    });
    // Without a hover, as from a page's own code.
    await launcher.evaluate(button => button.click());
    await part(".frame").waitFor();
    await inside(
      css =>
        document.querySelector("chat-portal-widget").shadowRoot.querySelector(css).getBoundingClientRect().height > 300,
      ".frame",
    );
    assert.equal(await launcher.getAttribute("aria-busy"), "true");
    assert.equal(await field.count(), 0);
    release();
    await focuses("textarea");
    await part(".frame").waitFor({ state: "detached" });
    assert.deepEqual(asked.sort(), ["en", "panel"]);
  },
);

visit(
  "the language need not wait for the look",
  { page: html(snippet('data-color="#1F5D4C"')) },
  async ({ page, launcher, focuses }) => {
    let release = () => {};
    const held = new Promise(resolve => {
      release = resolve;
    });
    await page.route("**/config", async route => {
      await held;
      await route.continue();
    });
    await page.reload();
    const language = page.waitForRequest("**/chunks/en.*");
    await launcher.click();
    await language;
    release();
    await focuses("textarea");
  },
);

visit(
  "a panel that cannot be had takes its outline with it",
  { before: page => page.route("**/chunks/**", route => route.abort()) },
  async ({ launcher, part, inside }) => {
    await launcher.click();
    await part(".unread").getByText("!").waitFor();
    await part(".frame").waitFor({ state: "detached" });
  },
);
