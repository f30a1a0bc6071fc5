// What a page can say to its chat, hears from it, and is spared.
import assert from "node:assert/strict";
import { html, id, phone, snippet, state, visit } from "../visit.mjs";

const second = id.replace(/1$/, "2");
const names = ["ready", "open", "close", "message", "answer", "feedback", "error"];
const listening = page =>
  page.addInitScript(names => {
    window.heard = [];
    window.ChatPortal = names.map(name => ["on", name, detail => window.heard.push([name, detail])]);
  }, names);

visit(
  "it hears what happens, in order and with what belongs to it, and may wait for what it asks",
  { before: listening },
  async ({ page, part, answered, dialog, inside, session }) => {
    await inside(() => window.heard.length === 1);
    await page.evaluate(() =>
      document.querySelector("chat-portal-widget").addEventListener("open", event => {
        window.dispatched = event.detail;
      }),
    );
    await page.evaluate(() => window.ChatPortal.open());
    assert.ok(await dialog.isVisible());
    assert.deepEqual(
      await page.evaluate(async () => [await window.ChatPortal.send("Hello"), await window.ChatPortal.send(" ")]),
      [true, false],
    );
    await answered(1);
    await page.getByRole("button", { name: "Helpful", exact: true }).click();
    await inside(() => window.heard.some(([name]) => name === "feedback"));
    state.failNext = 1;
    await page.evaluate(() => window.ChatPortal.send("And this?"));
    await part(".failed .bot").waitFor();
    await page.evaluate(() => window.ChatPortal.close());
    await dialog.waitFor({ state: "hidden" });

    const heard = await page.evaluate(() => window.heard);
    const [first, other] = session().messages;
    const some = ([name, { widget, ...detail }], ...keys) => {
      assert.equal(widget, id);
      return [name, Object.fromEntries(keys.map(key => [key, detail[key]]))];
    };
    assert.deepEqual(
      heard.map(([name]) => name),
      ["ready", "open", "message", "answer", "feedback", "message", "error", "close"],
    );
    assert.deepEqual(
      heard.map(told =>
        some(
          told,
          ...({
            message: ["id", "message"],
            answer: ["id", "clientMessageId", "author", "sources", "suggestions"],
            feedback: ["id", "value", "comment"],
            error: ["code", "clientMessageId"],
          }[told[0]] ?? []),
        ),
      ),
      [
        ["ready", {}],
        ["open", {}],
        ["message", { id: first.clientMessageId, message: "Hello" }],
        [
          "answer",
          {
            id: first.id,
            clientMessageId: first.clientMessageId,
            author: "ai",
            sources: first.sources,
            suggestions: first.suggestions,
          },
        ],
        ["feedback", { id: first.id, value: "up", comment: "" }],
        ["message", { id: other.clientMessageId, message: "And this?" }],
        ["error", { code: "failed", clientMessageId: other.clientMessageId }],
        ["close", {}],
      ],
    );
    assert.match(heard[3][1].answer, /^Yes\. You have/);
    assert.deepEqual(await page.evaluate(() => window.dispatched), { widget: id });
  },
);

visit("it hears again after the script has run again", { before: listening }, async ({ page, inside }) => {
  await inside(() => window.heard.length === 1);
  const again = () =>
    page.evaluate(
      src =>
        new Promise(done => {
          const script = document.createElement("script");
          Object.assign(script, { src, onload: done });
          script.dataset.widget = "0198c0de-0000-7000-8000-000000000001";
          document.body.append(script);
        }),
      `${state.portal}/widget.js`,
    );
  const hears = () =>
    page.evaluate(async () => {
      window.opened = 0;
      window.ChatPortal.on("open", () => window.opened++);
      await window.ChatPortal.open();
      await window.ChatPortal.close();
      return window.opened;
    });

  // As Turbo does with a snippet in the body: the stub overwrites what was there, the element stays.
  await page.evaluate(() => {
    window.ChatPortal = [];
  });
  await again();
  assert.equal(await hears(), 1);
  assert.equal(await page.locator("chat-portal-widget").count(), 1);

  await page.evaluate(() => window.ChatPortal.destroy());
  await again();
  assert.equal(await hears(), 1);
});

visit(
  "its shortcuts are not meant by what is typed into the chat",
  {},
  async ({ page, open, field, part, focuses }) => {
    await page.evaluate(() => {
      window.keys = [];
      for (const name of ["keydown", "keypress", "keyup"])
        document.addEventListener(name, event => window.keys.push(event.key));
    });
    await open();
    await field.press("s");
    await field.pressSequentially("earch?");
    assert.deepEqual(await page.evaluate(() => window.keys), []);
    await part(".head .icon").first().focus();
    await page.keyboard.press("ArrowDown");
    assert.ok((await page.evaluate(() => window.keys)).includes("ArrowDown"));
    await focuses(".icon");
    await page.keyboard.press("Escape");
    await part(".panel").waitFor({ state: "hidden" });
  },
);

visit(
  "closing from the page leaves the focus where the visitor is",
  { page: html(snippet(), '<input aria-label="Search">') },
  async ({ page, open, dialog }) => {
    await open();
    await page.getByLabel("Search").fill("sofa");
    await page.evaluate(() => window.ChatPortal.close());
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Search");
  },
);

visit(
  "a button of the page opens the widget that it names, or the first",
  {
    page: html(
      `${snippet()}${snippet().replace(id, second)}`,
      `<button data-chat-open>Ask</button><button data-chat-open="${second}">Ask the other</button>`,
    ),
  },
  async ({ page, part }) => {
    await part(".launch").nth(1).waitFor();
    const widgets = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("chat-portal-widget")].map(widget =>
          Boolean(widget.shadowRoot.querySelector("dialog[open]")),
        ),
      );
    await page.getByRole("button", { name: "Ask the other" }).click();
    await part("dialog[open]").waitFor();
    const first = await page.evaluate(
      id => [...document.querySelectorAll("chat-portal-widget")].findIndex(widget => widget.dataset.widget === id),
      id,
    );
    assert.equal((await widgets())[first], false);
    await page.evaluate(() => document.querySelectorAll("chat-portal-widget").forEach(widget => widget.close()));
    await part("dialog[open]").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await part("dialog[open]").waitFor();
    assert.deepEqual(await widgets(), [true, false]);
  },
);

visit("two widgets keep their conversations apart", { path: "two-widgets.html" }, async ({ page }) => {
  const widget = which => page.locator(`chat-portal-widget[data-widget="${which}"]`);
  for (const [which, text] of [
    [id, "One"],
    [second, "Two"],
  ]) {
    await widget(which).locator(".launch").click();
    await widget(which).locator("textarea").fill(text);
    await widget(which).locator("textarea").press("Enter");
    await widget(which).locator(".answered .bot").waitFor();
  }
  assert.deepEqual(await Promise.all([id, second].map(which => widget(which).locator(".me div").allTextContents())), [
    ["One"],
    ["Two"],
  ]);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).sort()), [
    `chat-portal-widget:${id}`,
    `chat-portal-widget:${second}`,
  ]);
});

visit(
  "the bundle may lie on another host than the portal",
  { page: html(snippet('data-portal="http://localhost:5080/"').replace('src="http://localhost:5080', 'src="')) },
  async ({ page, open, ask, answered }) => {
    const hosts = { [state.portal]: new Set(), [state.site]: new Set() };
    page.on("request", request =>
      hosts[new URL(request.url()).origin].add(new URL(request.url()).pathname.split("/")[1]),
    );
    await open();
    await ask("Hello");
    await answered(1);
    assert.deepEqual(
      Object.values(hosts).map(paths => [...paths]),
      [["api"], ["chunks"]],
    );
  },
);

visit(
  "what could not be loaded is marked, said, and loaded with the next click",
  {
    before: async page => {
      await listening(page);
      await page.route(/chunks\/panel\.\w+\.js$/, route => route.abort());
    },
  },
  async ({ page, launcher, dialog, part, inside }) => {
    await launcher.click();
    await part(".unread", { hasText: "!" }).waitFor();
    assert.equal(await launcher.getAttribute("aria-label"), "Chat (!)");
    await inside(() => window.heard.some(([name, { code }]) => name === "error" && code === "network"));
    await launcher.click();
    await dialog.waitFor();
    assert.equal(await launcher.getAttribute("aria-label"), "Chat");
    assert.ok(state.requests.some(request => /panel\.\w+\.js$/.test(request)));
  },
);

visit(
  "on a phone it takes the whole screen, turned either way, and lets the page go in a larger window",
  { ...phone, viewport: { width: 844, height: 390 } },
  async ({ page, open, dialog, inside }) => {
    const locked = () => page.evaluate(() => getComputedStyle(document.documentElement).overflow === "hidden");
    await open();
    for (const [width, height] of [
      [844, 390],
      [390, 844],
      [932, 430],
    ]) {
      await page.setViewportSize({ width, height });
      await inside(
        ([css, width, height]) => {
          const panel = document
            .querySelector("chat-portal-widget")
            .shadowRoot.querySelector(css)
            ?.getBoundingClientRect();
          return panel && [panel.x, panel.y, panel.width, panel.height].join() === [0, 0, width, height].join();
        },
        [".panel:modal", width, height],
      );
      assert.equal(await locked(), true);
    }
    await page.setViewportSize({ width: 1024, height: 768 });
    await inside(
      css => document.querySelector("chat-portal-widget").shadowRoot.querySelector(css),
      ".panel[open]:not(:modal)",
    );
    assert.equal(await locked(), false);
    assert.ok((await dialog.boundingBox()).width < 500);
  },
);

visit(
  "with the keyboard over most of a turned phone the field is in sight",
  { ...phone, viewport: { width: 844, height: 180 } },
  async ({ page, open, ask, answered, field, part }) => {
    await open();
    await ask("Hello");
    await answered(1);
    for (const each of [field, part(".send")]) {
      const { y, height } = await each.boundingBox();
      assert.ok(y >= 0 && y + height <= 180, JSON.stringify({ y, height }));
    }
    assert.ok((await part(".scroll").boundingBox()).height >= 40);
  },
);
