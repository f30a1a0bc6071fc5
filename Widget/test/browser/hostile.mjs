// Pages that are not made for a chat: old, strict, meddling, or with a framework of their own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { html, id, phone, snippet, state, visit } from "../visit.mjs";

const line = snippet('data-color="#7a1f63"');
const viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">';
const within = (inner, outer) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;
const screen = page => ({ x: 0, y: 0, ...page.viewportSize() });

for (const [name, page] of [
  ["no doctype", `<html>${viewport}<body><h1>x</h1>${line}</body></html>`],
  [
    "a line before its doctype",
    `Notice: undefined index\n<!doctype html><html>${viewport}<body><h1>x</h1>${line}</body></html>`,
  ],
]) {
  for (const [where, options] of [
    ["", {}],
    [" on a phone", phone],
  ]) {
    visit(
      `a page with ${name} has the chat as any page${where}`,
      { page: page.replace("<body>", '<body style="color: rgb(1, 2, 3); text-align: center" text=red>'), ...options },
      async ({ page, part, launcher, field, dialog, ask, answered }) => {
        assert.equal(await page.evaluate(() => document.compatMode), "BackCompat");
        await launcher.waitFor();
        const button = await launcher.boundingBox();
        assert.deepEqual(
          [
            page.viewportSize().width - button.x - button.width,
            page.viewportSize().height - button.y - button.height,
            button.width,
            button.height,
          ].map(Math.round),
          [20, 20, 56, 56],
        );
        await launcher.click();
        await field.waitFor();
        await ask("oak, rich");
        await answered(1);
        const [panel, textarea, scroll] = await Promise.all(
          [dialog, field, part(".scroll")].map(one => one.boundingBox()),
        );
        assert.ok(
          within(panel, screen(page)) &&
            within(textarea, panel) &&
            within(scroll, panel) &&
            textarea.width > 200 &&
            scroll.height > 250,
          JSON.stringify({ panel, textarea, scroll }),
        );
        assert.ok((await part(".code pre").boundingBox()).width > 150);
        const [text, cell] = await Promise.all(
          [part(".bot p"), part(".bot td")].map(one =>
            one
              .first()
              .evaluate(e => [
                getComputedStyle(e).color,
                getComputedStyle(e).fontFamily,
                getComputedStyle(e).textAlign,
              ]),
          ),
        );
        assert.deepEqual(cell, text);
      },
    );
  }
}

visit(
  "a page that wraps fetch and adds headers to every call has its chat",
  {
    page: html(`<script>
  const plain = fetch;
  window.fetch = (address, options = {}) => plain(address, { ...options, headers: { ...options.headers, "X-Requested-With": "XMLHttpRequest", "X-CSRF-Token": "abc" } });
</script>${line}`),
  },
  async ({ open, ask, answered }) => {
    await open();
    await ask("Hello");
    await answered(1);
  },
);

visit(
  "an element and a global of another chat work beside ours",
  {
    page: html(
      `<script>
  customElements.define("chat-widget", class extends HTMLElement { connectedCallback() { this.textContent = "Theirs"; } });
  window.ChatWidget = { theirs: true };
</script>${line}`,
      '<chat-widget></chat-widget><div id="ChatPortal">Named alike</div>',
    ),
  },
  async ({ page, field }) => {
    await page.waitForFunction(() => window.ChatPortal?.open);
    await page.evaluate(() => window.ChatPortal.open());
    await field.waitFor();
    assert.deepEqual(
      await page.evaluate(() => [document.querySelector("chat-widget").textContent, window.ChatWidget.theirs]),
      ["Theirs", true],
    );
  },
);

const says = async (page, words) => {
  const heard = await page.waitForEvent("console", {
    predicate: message => message.type() === "warning" && message.text().startsWith("[Chat Portal]"),
  });
  assert.match(heard.text(), words);
};
const quiet = { page: html(""), before: null };

for (const [name, head, words] of [
  ["an id", line.replace(/data-widget="[^"]*"/, ""), /No data-widget=/],
  ["a value for its id", line.replace(/data-widget="[^"]*"/, 'data-widget=""'), /No data-widget=/],
  [
    "an id of its element",
    `${line.replace(/data-widget="[^"]*"/, "data-widget")}<script>addEventListener("DOMContentLoaded", () => document.body.append(document.createElement("chat-portal-widget")))</script>`,
    /No data-widget=/,
  ],
]) {
  visit(`a page without ${name} is told so, once`, quiet, async ({ page }) => {
    const told = [];
    page.on("console", message => told.push(message.text()));
    state.pages["/sample/own.html"] = html(head);
    await Promise.all([says(page, words), page.reload()]);
    assert.equal(told.filter(text => text.startsWith("[Chat Portal]")).length, 1);
  });
}

visit("a bundle with the script in it is told what to do", quiet, async ({ page }) => {
  await page.route("**/bundle.js", async route =>
    route.fulfill({
      contentType: "text/javascript",
      body: `window.shop = 1;\n${readFileSync(fileURLToPath(new URL("../../../wwwroot-widget/widget.js", import.meta.url)), "utf8")}`,
    }),
  );
  state.pages["/sample/own.html"] = html('<script src="bundle.js" type="module"></script>');
  await Promise.all([says(page, /not bundled/), page.reload()]);
});

visit("a page whose policy forbids the portal's calls is told what to allow", quiet, async ({ page }) => {
  page.removeAllListeners("console");
  state.pages["/sample/own.html"] = html(
    `<meta http-equiv="Content-Security-Policy" content="connect-src 'self'">${line}`,
  );
  await Promise.all([says(page, /connect-src/), page.reload()]);
});

visit(
  "in the head, without async and before a slow script, it waits for the body and keeps what is asked of it",
  {
    page: html(
      `<script>window.ChatPortal = [["open"]];</script>${line.replace(" async", "")}<script>ChatPortal.push(["setPage", { title: "Early" }]);</script><script src="slow.js"></script>`,
    ),
    before: page =>
      page.route("**/slow.js", async route => {
        await page.waitForResponse("**/config");
        await route.fulfill({ contentType: "text/javascript", body: "window.slow = !document.body;" });
      }),
  },
  async ({ page, field, part, ask, answered, session }) => {
    await field.waitFor();
    assert.equal(await page.evaluate(() => window.slow), true);
    assert.equal(await part(".unread").textContent(), "");
    await ask("Hello");
    await answered(1);
    assert.equal(session().messages[0].page.title, "Early");
  },
);

visit(
  "the last call counts, however early it comes",
  {
    before: page =>
      page.addInitScript(() => {
        window.heard = [];
        window.ChatPortal = [
          ["on", "open", () => window.heard.push("open")],
          ["on", "close", () => window.heard.push("close")],
          ["on", "ready", () => window.heard.push("ready")],
        ];
      }),
    page: html(line),
  },
  async ({ page, inside, dialog, launcher, field }) => {
    await inside(() => window.heard.length);
    const all = calls =>
      page.evaluate(async calls => {
        await Promise.all(calls.map(name => window.ChatPortal[name]()));
        return window.heard;
      }, calls);
    assert.deepEqual(await all(["open", "close"]), ["ready"]);
    assert.deepEqual(await all(["toggle", "toggle"]), ["ready"]);
    assert.equal(await dialog.isVisible(), false);
    assert.equal(await launcher.getAttribute("aria-busy"), null);
    assert.deepEqual(await all(["open", "close", "open"]), ["ready", "open"]);
    assert.ok(await field.isVisible());
    assert.deepEqual(await all(["close", "open", "toggle"]), ["ready", "open", "close"]);
    assert.equal(await dialog.isVisible(), false);
  },
);

visit(
  "a button within a web component opens it, also where the page stops clicks",
  {
    page: html(
      line,
      `<shop-help></shop-help><p id="deaf"><a href="/elsewhere" data-chat-open><b>Ask</b></a></p><script>
  customElements.define("shop-help", class extends HTMLElement { connectedCallback() { this.attachShadow({ mode: "open" }).innerHTML = "<button data-chat-open>Help</button>"; } });
  document.querySelector("#deaf").addEventListener("click", event => event.stopPropagation(), true);
  document.addEventListener("click", event => event.stopImmediatePropagation(), true);
</script>`,
    ),
  },
  async ({ page, inside, field, dialog }) => {
    await inside(() => window.ChatPortal);
    for (const button of [page.getByRole("button", { name: "Help" }), page.getByText("Ask", { exact: true })]) {
      await button.click();
      await field.waitFor();
      await page.evaluate(() => window.ChatPortal.close());
      await dialog.waitFor({ state: "hidden" });
    }
  },
);

visit(
  "without constructable style sheets (Safari before 16.4) it has its own look",
  {
    before: page =>
      page.addInitScript(() => {
        for (const root of [Document, ShadowRoot]) delete root.prototype.adoptedStyleSheets;
        window.CSSStyleSheet = class {
          constructor() {
            throw new TypeError("Illegal constructor");
          }
        };
      }),
    page: html(line),
    ...phone,
  },
  async ({ page, open, ask, answered, launcher, dialog, part }) => {
    await launcher.waitFor();
    assert.equal((await launcher.boundingBox()).width, 56);
    await open();
    await ask("oak, rich");
    await answered(1);
    assert.deepEqual(await dialog.boundingBox(), screen(page));
    await part(".head button").last().click();
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).overflow), "visible");
  },
);
