// The chat beside what pages do with their focus, their scrolling, their body and their corners.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { html, id, phone, snippet, state, visit } from "../visit.mjs";

const library = path => readFileSync(new URL(`../../node_modules/${path}`, import.meta.url), "utf8");
const second = id.replace(/1$/, "2");
const line = snippet('data-color="#7a1f63"');
const element = (attributes = "data-inline") =>
  `<chat-portal-widget data-widget="${id}" ${attributes}></chat-portal-widget>`;
const loads = snippet().replace(`data-widget="${id}"`, "data-widget");
const box = page => page.locator("chat-portal-widget");
const within = (inner, outer) =>
  inner.x >= outer.x - 1 &&
  inner.y >= outer.y - 1 &&
  inner.x + inner.width <= outer.x + outer.width + 1 &&
  inner.y + inner.height <= outer.y + outer.height + 1;

// A page as a React server sends it, all of the document its own.
const react = wait => ({
  page: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>React</title><link rel="icon" href="data:,"/>${line}</head><body><div id="app"><h1>Shop</h1><button>Count <!-- -->0</button></div><script src="/react.js"></script><script src="/react-dom.js"></script><script src="/app.js"></script></body></html>`,
  before: async page => {
    const serve = (path, body) => page.route(path, route => route.fulfill({ contentType: "text/javascript", body }));
    await serve("**/react.js", library("react/umd/react.development.js"));
    await serve("**/react-dom.js", library("react-dom/umd/react-dom.development.js"));
    await serve(
      "**/app.js",
      `(${(line, wait) => {
        const { createElement: e, useState } = window.React;
        window.told = [];
        const Page = () => {
          const [count, setCount] = useState(0);
          const src = /src="([^"]*)"/.exec(line)[1];
          return e(
            "html",
            { lang: "en" },
            e(
              "head",
              null,
              e("meta", { charSet: "utf-8" }),
              e("title", null, "React"),
              e("link", { rel: "icon", href: "data:," }),
              e("script", {
                src,
                async: true,
                "data-widget": "0198c0de-0000-7000-8000-000000000001",
                "data-color": "#7a1f63",
              }),
            ),
            e(
              "body",
              null,
              e(
                "div",
                { id: "app" },
                e("h1", null, "Shop"),
                e("button", { onClick: () => setCount(count + 1) }, "Count ", count),
              ),
              ..."react react-dom app".split(" ").map(name => e("script", { key: name, src: `/${name}.js` })),
            ),
          );
        };
        const start = () =>
          window.ReactDOM.hydrateRoot(document, e(Page), {
            onRecoverableError: error => window.told.push(error.message),
          });
        if (!wait) start();
        else {
          const look = () =>
            document.querySelector("chat-portal-widget") && document.readyState === "complete"
              ? start()
              : setTimeout(look, 20);
          look();
        }
      }})(${JSON.stringify(line).replaceAll("http://localhost:5080", state.portal)}, ${wait});`,
    );
  },
});

for (const [when, wait] of [
  ["at once", false],
  ["after the launcher has come", true],
]) {
  visit(
    `React takes over the whole document ${when}, and the chat stays`,
    react(wait),
    async ({ page, open, ask, answered, launcher }) => {
      await launcher.waitFor();
      await page.waitForFunction(() => Object.keys(document.body).some(name => name.startsWith("__reactProps")));
      await page.getByRole("button", { name: "Count 0" }).click();
      await page.getByRole("button", { name: "Count 1" }).waitFor();
      await open();
      await ask("Hello");
      await answered(1);
      await page.getByRole("button", { name: "Count 1" }).click();
      await page.getByRole("button", { name: "Count 2" }).waitFor();
      assert.deepEqual(await page.evaluate(() => window.told), []);
    },
  );
}

for (const [name, take] of [
  ["its body", () => document.body.replaceWith(document.body.cloneNode(false))],
  [
    "all that is in its body",
    () => {
      document.body.innerHTML = "<h1>Anew</h1>";
    },
  ],
  [
    "its document",
    () => {
      const root = document.createElement("html");
      root.append(document.createElement("head"), document.createElement("body"));
      document.documentElement.replaceWith(root);
    },
  ],
  ["the element", () => document.querySelector("chat-portal-widget").remove()],
]) {
  visit(
    `where a framework replaces ${name}, the chat comes back once, as it was`,
    { page: html(line), ...phone },
    async ({ page, inside, open, ask, answered, dialog, field, launcher }) => {
      await launcher.waitFor();
      // Not lifted out of the body yet, or lifted: it comes back from both.
      if (name !== "the element") await page.evaluate(take);
      await open();
      await ask("Hello");
      await answered(1);
      await field.focus();
      if (name === "its document" || name === "the element") {
        if (name === "its document") await page.evaluate(() => document.querySelector("chat-portal-widget").remove());
        else {
          await page.evaluate(take);
          await inside(
            css => document.querySelector("chat-portal-widget")?.shadowRoot.querySelector(css),
            ".panel:modal",
          );
          assert.ok(await dialog.isVisible());
          assert.equal(
            await page.evaluate(() => document.querySelector("chat-portal-widget").shadowRoot.activeElement?.tagName),
            "TEXTAREA",
          );
          await ask("And now?");
          await answered(2);
          await page.evaluate(take);
        }
        await page.waitForFunction(() => !document.querySelector("chat-portal-widget"));
        assert.notEqual(await page.evaluate(() => getComputedStyle(document.documentElement).overflow), "hidden");
      } else {
        await page.evaluate(take);
        await ask("And now?");
        await answered(2);
      }
    },
  );
}

visit("destroyed, it does not come back", { page: html(line) }, async ({ page, launcher }) => {
  await launcher.waitFor();
  await page.evaluate(() => window.ChatPortal.destroy());
  await page.evaluate(() => new Promise(done => setTimeout(done)));
  assert.equal(await box(page).count(), 0);
});

for (const [order, steps] of [
  ["locked, opened, unlocked, closed", ["lock", "open", "unlock", "close"]],
  ["opened, locked, closed, unlocked", ["open", "lock", "close", "unlock"]],
  ["locked, opened, closed, unlocked", ["lock", "open", "close", "unlock"]],
  ["opened, locked, unlocked, closed", ["open", "lock", "unlock", "close"]],
]) {
  visit(
    `the page's own scroll lock and the chat's do not undo each other: ${order}`,
    { page: html(line), ...phone },
    async ({ page, inside }) => {
      await inside(() => window.ChatPortal);
      let [locked, open] = [false, false];
      for (const step of steps) {
        if (/lock/.test(step)) {
          locked = step === "lock";
          await page.evaluate(locked => {
            document.documentElement.style.overflow = locked ? "hidden" : "";
          }, locked);
        } else {
          open = step === "open";
          await page.evaluate(step => window.ChatPortal[step](), step);
        }
        assert.equal(
          await page.evaluate(() => getComputedStyle(document.documentElement).overflow),
          locked || open ? "hidden" : "visible",
          step,
        );
        assert.equal(await page.evaluate(() => document.documentElement.style.overflow), locked ? "hidden" : "", step);
      }
    },
  );
}

for (const [phase, capture] of [
  ["", false],
  [", listening before anybody else", true],
]) {
  visit(
    `a dialog of the page that takes the focus back lets visitors type${phase}`,
    {
      page: html(
        line,
        `<div id="modal" tabindex="-1"><button>OK</button></div><script>
    const modal = document.querySelector("#modal");
    for (const name of ["focusin", "focus"]) document.addEventListener(name, event => { if (event.target !== document && !modal.contains(event.target)) modal.focus(); }, ${capture});
    modal.focus();
  </script>`,
      ),
    },
    async ({ open, field, page, answered, ask }) => {
      await open();
      await field.click();
      await page.keyboard.type("Hello");
      assert.equal(await field.inputValue(), "Hello");
      await page.keyboard.press("Enter");
      await answered(1);
    },
  );
}

for (const capture of [false, true]) {
  visit(
    `a page that scrolls by itself leaves the conversation to the visitor${capture ? ", also where it listens first" : ""}`,
    {
      page: html(
        line,
        `<div style="height: 4000px"></div><script>
    for (const name of ["wheel", "touchmove"]) document.addEventListener(name, event => { event.preventDefault(); scrollBy(0, event.deltaY); }, { passive: false, capture: ${capture} });
  </script>`,
      ),
    },
    async ({ page, open, ask, answered, part, inside }) => {
      await open();
      for (const count of [1, 2]) {
        await ask("oak, rich");
        await answered(count);
      }
      const { x, y, width, height } = await part(".scroll").boundingBox();
      const top = () => part(".scroll").evaluate(e => e.scrollTop);
      await inside(
        css => document.querySelector("chat-portal-widget").shadowRoot.querySelector(css).scrollTop > 300,
        ".scroll",
      );
      const before = await top();
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.wheel(0, -200);
      await inside(
        ([css, before]) =>
          document.querySelector("chat-portal-widget").shadowRoot.querySelector(css).scrollTop < before,
        [".scroll", before],
      );
      assert.equal(await page.evaluate(() => scrollY), 0);
    },
  );
}

for (const [how, code] of [
  [
    "handlers of the document",
    "document.onmousedown = document.onselectstart = document.onpaste = document.oncopy = document.oncontextmenu = event => /INPUT|TEXTAREA/.test(event.target.tagName);",
  ],
  [
    "listeners that come first",
    "for (const name of ['mousedown', 'selectstart', 'paste', 'copy', 'contextmenu', 'dragstart']) document.addEventListener(name, event => { if (!/INPUT|TEXTAREA/.test(event.target.tagName)) event.preventDefault(); }, true);",
  ],
]) {
  visit(
    `where a page protects its text by ${how}, visitors type, paste and select in the chat`,
    {
      page: html(`${line}<style>body, * { user-select: none }</style>`, `<script>${code}</script>`),
      permissions: ["clipboard-read", "clipboard-write"],
    },
    async ({ page, open, ask, answered, field, part }) => {
      await open();
      await part(".head h2").click();
      await field.click();
      await page.keyboard.type("Hello ");
      await page.evaluate(() => navigator.clipboard.writeText("pasted"));
      await page.keyboard.press("ControlOrMeta+V");
      assert.equal(await field.inputValue(), "Hello pasted");
      await ask("Hello");
      await answered(1);
      const words = part(".bot .text").first();
      await words.click({ clickCount: 3 });
      assert.ok(
        (
          await page.evaluate(
            () =>
              document.querySelector("chat-portal-widget").shadowRoot.getSelection?.().toString() ??
              getSelection().toString(),
          )
        ).length > 10,
      );
    },
  );
}

for (const [name, style, options] of [
  ["a zoomed document", "html { zoom: 1.25 }"],
  ["a zoomed document on a phone", "html { zoom: 1.25 }", phone],
  ["a shrunk body", "body { zoom: .8 }"],
  ["a zoomed document, larger", "html { zoom: 1.6 }"],
]) {
  visit(
    `in ${name} the chat is within the screen`,
    { page: html(`${line}<style>${style}</style>`), ...options },
    async ({ page, open, ask, answered, dialog, field, part }) => {
      await open();
      await ask("oak, rich");
      await answered(1);
      const screen = { x: 0, y: 0, ...page.viewportSize() };
      const panel = await dialog.boundingBox();
      assert.ok(
        within(panel, screen) &&
          within(await field.boundingBox(), panel) &&
          within(await part(".head").boundingBox(), panel),
        JSON.stringify(panel),
      );
      if (options) assert.deepEqual([panel.width, panel.height].map(Math.round), [390, 844]);
    },
  );
}

visit(
  "the page hides it, shows it, and moves it out of the way on phones",
  { page: html(snippet('data-color="#7a1f63" data-phone-offset-y="120" data-phone-offset-x="8"')), ...phone },
  async ({ page, launcher, dialog, inside, field }) => {
    const corner = async () => {
      const { x, y, width, height } = await launcher.boundingBox();
      return [390 - x - width, 844 - y - height].map(Math.round);
    };
    await launcher.waitFor();
    await page.waitForLoadState("networkidle");
    assert.deepEqual(await corner(), [8, 120]);
    await box(page).evaluate(e => {
      e.dataset.phoneOffsetY = "64";
    });
    assert.deepEqual(await corner(), [8, 64]);
    await box(page).evaluate(e => e.removeAttribute("data-phone-offset-x"));
    assert.deepEqual(await corner(), [20, 64]);
    await box(page).evaluate(e => {
      e.dataset.position = "left";
    });
    assert.equal((await launcher.boundingBox()).x, 20);

    await page.evaluate(() => window.ChatPortal.hide());
    assert.equal(await launcher.isVisible(), false);
    await page.evaluate(() => window.ChatPortal.show());
    assert.equal(await launcher.isVisible(), true);

    await page.evaluate(() => window.ChatPortal.open());
    await field.waitFor();
    await page.evaluate(() => window.ChatPortal.hide());
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).overflow), "visible");
    await page.evaluate(() => window.ChatPortal.open());
    await field.waitFor();
  },
);

for (const [how, take, back] of [
  [
    "hidden",
    e => {
      e.hidden = true;
    },
    e => {
      e.hidden = false;
    },
  ],
  [
    "display: none",
    e => {
      e.style.display = "none";
    },
    e => {
      e.style.display = "";
    },
  ],
  [
    "a rule of its style sheet",
    () => {
      document.body.append(
        Object.assign(document.createElement("style"), {
          id: "rule",
          textContent: "chat-portal-widget { display: none }",
        }),
      );
    },
    () => document.querySelector("#rule").remove(),
  ],
]) {
  let config;
  // Awaited before the page is there: on a busy machine it may be answered before the page has loaded.
  const before = page => {
    config = page.waitForResponse("**/config");
  };
  visit(
    `taken off the page by ${how}, it stays away, and leaves nothing locked`,
    { page: html(line), before, ...phone },
    async ({ page, launcher, dialog, field, inside }) => {
      await launcher.waitFor();
      await box(page).evaluate(take);
      await config;
      assert.equal(await launcher.isVisible(), false);
      await box(page).evaluate(back);
      await launcher.click();
      await field.waitFor();
      await box(page).evaluate(take);
      await dialog.waitFor({ state: "hidden" });
      await inside(() => getComputedStyle(document.documentElement).overflow === "visible");
      await page.getByRole("heading", { name: "A page" }).click();
      await box(page).evaluate(back);
      await inside(css => document.querySelector("chat-portal-widget").shadowRoot.querySelector(css), ".panel:modal");
    },
  );
}

visit(
  "with Prototype.js on the page one conversation goes on, and is kept",
  {
    page: html(line),
    before: page =>
      page.addInitScript(() => {
        // As its versions 1.6 and 1.7 do.
        const inspect = value =>
          typeof value === "string" ? `"${value}"` : value === undefined ? undefined : JSON.stringify(value);
        Array.prototype.toJSON = function () {
          return `[${this.map(inspect).filter(Boolean).join(", ")}]`;
        };
        String.prototype.toJSON = function () {
          return `"${this}"`;
        };
        Number.prototype.toJSON = function () {
          return `${this}`;
        };
        Array.from = list => {
          const all = [];
          for (const each of list) all.push(each);
          return all;
        };
        Array.prototype.clear =
          Array.prototype.each =
          Array.prototype.without =
            function () {
              return this;
            };
        for (const name of ["hide", "show", "toggle", "update", "select", "visible"])
          HTMLElement.prototype[name] = () => {
            throw new Error(name);
          };
      }),
  },
  async ({ page, open, ask, answered, launcher, part }) => {
    await open();
    for (const count of [1, 2]) {
      await ask("Hello");
      await answered(count);
    }
    const kept = await page.evaluate(() => JSON.parse(Object.values(localStorage)[0]));
    assert.ok(kept.token);
    assert.equal(
      new Set([...state.sessions.values()].slice(-2)).size >= 1 && [...state.sessions.values()].at(-1).messages.length,
      2,
    );
    await page.reload();
    await launcher.waitFor();
    if (!(await part("textarea").first().isVisible())) await launcher.click();
    await answered(2);
  },
);

const fills = async ({ page, field, ask, answered, dialog }) => {
  await field.waitFor();
  const before = await page.evaluate(() => [
    document.documentElement.scrollHeight,
    ...[...document.querySelectorAll("#box, #beside")]
      .map(e => e.getBoundingClientRect())
      .flatMap(({ x, y, width, height }) => [x, y, width, height]),
  ]);
  for (const count of [1, 2]) {
    await ask("oak, rich");
    await answered(count);
  }
  const after = await page.evaluate(() => [
    document.documentElement.scrollHeight,
    ...[...document.querySelectorAll("#box, #beside")]
      .map(e => e.getBoundingClientRect())
      .flatMap(({ x, y, width, height }) => [x, y, width, height]),
  ]);
  assert.deepEqual(after, before);
  const panel = await dialog.boundingBox();
  assert.ok(within(panel, await page.locator("#box").boundingBox()), JSON.stringify(panel));
  return panel;
};

for (const [name, style, body, width, height] of [
  ["a box with a least height", "#box { min-height: 480px }", element(), 600, 480],
  ["a box without any height", "#box { width: 500px }", element(), 400, 300],
  [
    "a grid",
    "#box { display: grid; grid-template-columns: 1fr 1fr; min-height: 420px }",
    `<p id="beside">Beside it</p>${element()}`,
    500,
    420,
  ],
  [
    "a grid as high as what stands beside it",
    "#box { display: grid; grid-template-columns: 200px 1fr } #beside { height: 400px }",
    `<p id="beside">Beside it</p>${element()}`,
    500,
    400,
  ],
  [
    "a row",
    "#box { display: flex; height: 420px } #beside { width: 400px }",
    `<div id="beside">Beside it stands some text that is not to be squeezed by a chat.</div>${element()}`,
    360,
    420,
  ],
  [
    "a row with a least height",
    "#box { display: flex; min-height: 420px } #beside { flex: 1 1 300px }",
    `<div id="beside">Beside it</div>${element()}`,
    360,
    420,
  ],
  [
    "a column",
    "#box { display: flex; flex-direction: column; height: 500px }",
    `<h2 id="beside">Above it</h2>${element()}`,
    600,
    380,
  ],
]) {
  visit(
    `inline in ${name} it scrolls inside and keeps its place`,
    { page: html(`${loads}<style>${style}</style>`, `<div id="box">${body}</div>`) },
    async visitor => {
      const panel = await fills(visitor);
      assert.ok(panel.width >= width && panel.height >= height, JSON.stringify(panel));
    },
  );
}

visit(
  "an element that gets its attributes later starts then",
  { page: html(loads, '<div id="box" style="height: 400px"></div>') },
  async ({ page, field, inside, ask, answered }) => {
    await inside(() => customElements.get("chat-portal-widget"));
    await page.evaluate(id => {
      const widget = document.createElement("chat-portal-widget");
      document.querySelector("#box").append(widget);
      widget.setAttribute("data-widget", id);
      widget.setAttribute("data-inline", "");
    }, id);
    await field.waitFor();
    assert.ok(within(await field.boundingBox(), await page.locator("#box").boundingBox()));
    await ask("Hello");
    await answered(1);
  },
);

visit(
  "two widgets at the same corner stand one above the other, and one chat at a time is open",
  {
    page: html(`${line}${line.replace(id, second)}`),
    config: { look: { color: "#7a1f63", on: "#FFFFFF", position: "right", size: "regular" } },
  },
  async ({ page, inside, part }) => {
    await inside(css => {
      const [a, b] = [...document.querySelectorAll("chat-portal-widget")].map(widget =>
        widget.shadowRoot.querySelector(css)?.getBoundingClientRect(),
      );
      return a?.width && b?.width && b.bottom + 8 <= a.top && a.right === b.right;
    }, ".launch");
    const [first, other] = [part(".launch").nth(0), part(".launch").nth(1)];
    const chats = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("chat-portal-widget")].map(widget =>
          Boolean(widget.shadowRoot.querySelector("dialog[open]")),
        ),
      );
    await first.click();
    await inside(() => document.querySelector("chat-portal-widget").shadowRoot.querySelector("dialog[open]"));
    const panel = await page.locator("chat-portal-widget dialog[open]").boundingBox();
    const top = (await other.boundingBox()).y;
    assert.ok(panel.y >= 0 && panel.y + panel.height <= top, JSON.stringify([panel, top]));
    await other.click();
    await inside(() => document.querySelectorAll("chat-portal-widget")[1].shadowRoot.querySelector("dialog[open]"));
    assert.deepEqual(await chats(), [false, true]);
    await page.evaluate(() => document.querySelectorAll("chat-portal-widget")[0].hide());
    await inside(
      css =>
        innerHeight -
          document.querySelectorAll("chat-portal-widget")[1].shadowRoot.querySelector(css).getBoundingClientRect()
            .bottom ===
        20,
      ".launch",
    );
  },
);
