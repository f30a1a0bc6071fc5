// What a page notices that has it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { browser, html, phone, portal, snippet, state, visit, visitor } from "../visit.mjs";

visit(
  "before a click there is one script, one config, one global, nothing stored and nothing shifted",
  {
    before: page =>
      page.addInitScript(() => {
        window.shifted = 0;
        new PerformanceObserver(list => {
          for (const { value } of list.getEntries()) window.shifted += value;
        }).observe({ type: "layout-shift", buffered: true });
        window.before = new Set(Object.getOwnPropertyNames(window));
      }),
  },
  async ({ page, launcher }) => {
    await launcher.waitFor();
    await page.waitForLoadState("networkidle");
    assert.deepEqual(state.requests, ["GET /widget.js", "GET /config"]);
    assert.deepEqual(
      await page.evaluate(() => [
        localStorage.length + sessionStorage.length,
        document.cookie,
        window.shifted,
        Object.getOwnPropertyNames(window).filter(
          name => !window.before.has(name) && name !== "before" && !/^\d+$/.test(name),
        ),
      ]),
      [0, "", 0, ["ChatPortal"]],
    );
  },
);

visit(
  "reaching for it fetches the panel and the language in use, and nothing else",
  { locale: "de-DE", page: html(snippet('data-language="de"')) },
  async ({ page, launcher, dialog, part }) => {
    await launcher.hover();
    await dialog.waitFor({ state: "attached" });
    await part(".launch").first().focus();
    assert.equal(state.requests.length, 4);
    assert.deepEqual(
      state.requests
        .slice(2)
        .map(request => request.replace(/\.[0-9a-f]{10}\.js$/, ""))
        .sort(),
      ["GET /chunks/de", "GET /chunks/panel"],
    );
    assert.equal(await page.evaluate(() => localStorage.length), 0);
  },
);

visit("it works under the strictest policy", { path: "strict-csp.html" }, async ({ open, ask, answered }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
});

visit("two widgets and a doubled snippet", { path: "two-widgets.html" }, async ({ page, shot, part }) => {
  const launchers = part(".launch");
  await launchers.nth(1).waitFor();
  await launchers.nth(0).click();
  await launchers.nth(1).click();
  await page.locator("chat-portal-widget dialog[open]").nth(1).waitFor();
  assert.equal(await page.locator("chat-portal-widget").count(), 2);
  await shot("two-widgets");
});

visit("a page that replaces its body keeps its chat", { path: "spa.html" }, async ({ page, open, ask, answered }) => {
  await open();
  await ask("Hello");
  await answered(1);
  await page.getByRole("link", { name: "Tables" }).click();
  await page.getByRole("heading", { name: "Tables" }).waitFor();
  await ask("And now?");
  await answered(2);
});

visit(
  "a page that unsets everything cannot unset it",
  {
    before: page =>
      page.route("**/shop.css", route =>
        route.fulfill({ contentType: "text/css", body: "* { all: unset !important; color: red !important }" }),
      ),
  },
  async ({ open, ask, answered, launcher, shot }) => {
    await open();
    await ask("Hello");
    await answered(1);
    assert.equal((await launcher.boundingBox()).width, 56);
    await shot("hostile");
  },
);

visit(
  "a page that meddles with globals and prototypes does not break it",
  {
    before: page =>
      page.addInitScript(() => {
        for (const name of ["name", "chat", "open", "status", "event", "stop", "top", "config", "h"])
          try {
            window[name] = () => {
              throw new Error(name);
            };
          } catch {
            /* not to be had */
          }
        Object.prototype.extra = "extra";
        Array.prototype.extra = () => "extra";
        String.prototype.extra = () => "extra";
        window.define = Object.assign(
          () => {
            throw new Error("define");
          },
          { amd: {} },
        );
        window.process = window.module = window.exports = window.$ = window._ = 1;
      }),
  },
  async ({ open, ask, answered }) => {
    await open();
    await ask("oak, rich");
    await answered(1);
  },
);

visit(
  "forbidden storage only means that nothing is remembered",
  {
    before: page =>
      page.addInitScript(() => {
        for (const name of ["localStorage", "sessionStorage"])
          Object.defineProperty(window, name, {
            get() {
              throw new DOMException("no", "SecurityError");
            },
          });
      }),
  },
  async ({ open, ask, answered }) => {
    await open();
    await ask("Hello");
    await answered(1);
    await ask("And again");
    await answered(2);
  },
);

visit(
  "removed, it leaves nothing behind",
  {
    before: page =>
      page.addInitScript(() => {
        const add = EventTarget.prototype.addEventListener;
        window.heard = [];
        EventTarget.prototype.addEventListener = function (name, listener, options) {
          // Only ours: whoever drives the browser listens too.
          if (
            /\/widget\.js|\/chunks\//.test(new Error().stack) &&
            (this === window || this === document || this instanceof MediaQueryList || this === visualViewport)
          )
            window.heard.push([name, options?.signal]);
          return add.call(this, name, listener, options);
        };
      }),
    ...phone,
  },
  async ({ page, open, ask, answered }) => {
    await open();
    await ask("Hello");
    await answered(1);
    await page.evaluate(() => window.ChatPortal.destroy());
    assert.deepEqual(
      await page.evaluate(() => [
        window.heard.filter(([, signal]) => !signal?.aborted).map(([name]) => name),
        document.adoptedStyleSheets.length,
        document.documentElement.getAttribute("style") ?? "",
        typeof window.ChatPortal,
        document.querySelectorAll("chat-portal-widget").length,
      ]),
      [[], 0, "", "undefined", 0],
    );
  },
);

visit(
  "in a frame without an origin it works, and forgets with the page",
  {
    page: html(
      "",
      `<iframe sandbox="allow-scripts" title="Null" width="900" height="700" srcdoc='${html(snippet('data-color="#1F5D4C"')).replaceAll("'", "&#39;")}'></iframe>`,
    ),
  },
  async ({ page }) => {
    const frame = page.frameLocator("iframe");
    await frame.locator("chat-portal-widget .launch").click();
    await frame.locator("chat-portal-widget textarea").fill("Hello");
    await frame.locator("chat-portal-widget textarea").press("Enter");
    await frame.locator("chat-portal-widget .answered .bot").waitFor();
  },
);

test("in a page from a file it works", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chat-portal-widget-"));
  const context = await browser.newContext();
  context.setDefaultTimeout(300_000);
  try {
    portal();
    writeFileSync(
      join(folder, "page.html"),
      html(snippet('data-color="#1F5D4C"')).replaceAll("http://localhost:5080", state.portal),
    );
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(folder, "page.html")).href);
    const { open, ask, answered } = visitor(page);
    await open();
    await ask("Hello");
    await answered(1);
  } finally {
    await context.close();
    await rm(folder, { recursive: true });
  }
});
