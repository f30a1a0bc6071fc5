// A visitor in a real Chromium before the stand-in portal. With a folder in SHOTS it leaves pictures there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { startStandIn } from "./stand-in.mjs";

const shots = process.env.SHOTS;
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

export const { state, close } = await startStandIn({ portalPort: 0, sitePort: 0 });
export const browser = await chromium.launch({
  executablePath: process.env.PORTAL_TEST_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
after(async () => {
  await browser.close();
  close();
});

export const id = "0198c0de-0000-7000-8000-000000000001";
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const snippet = (attributes = "") =>
  `<script src="http://localhost:5080/widget.js" data-widget="${id}" ${attributes} async></script>`;
export const html = (head, body = "") =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Test</title><link rel="icon" href="data:,">${head}</head><body><main><h1>A page</h1>${body}</main></body></html>`;

/** The portal as it is before each visit. `config` is what it publishes in place of its usual parts. */
export const portal = (changes = {}) =>
  Object.assign(
    state,
    { requests: [], failNext: 0, expireNext: false, refuse: null, config: {}, stream: true, answer: null, pages: {} },
    changes,
  );

/** One visitor on one page. `with.page` is a page of one's own. */
export function visit(
  name,
  { path = "index.html", config = {}, page: own, before, refuse = null, stream = true, answer = null, ...options },
  story,
) {
  test(name, async () => {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      reducedMotion: "reduce",
      ...options,
    });
    // As long as it takes on a machine that has other things to do.
    context.setDefaultTimeout(300_000);
    try {
      const page = await context.newPage();
      const troubles = [];
      page.on("pageerror", error => troubles.push(error.message));
      page.on("console", message => {
        if (message.type() === "error" && /Content Security|Trusted|Refused/i.test(message.text()))
          troubles.push(message.text());
      });
      portal({ refuse, config, stream, answer, pages: own ? { "/sample/own.html": own } : {} });
      await before?.(page);
      await page.goto(`${state.site}/sample/${own ? "own.html" : path}`);
      await story(visitor(page));
      assert.deepEqual(troubles, []);
    } finally {
      await context.close();
    }
  });
}

export function visitor(page) {
  const part = (css, options) => page.locator(`chat-portal-widget ${css}`, options);
  const launcher = part(".launch").first();
  const field = part("textarea").first();
  const inside = (see, ...given) => page.waitForFunction(see, ...given);
  return {
    page,
    part,
    launcher,
    field,
    inside,
    dialog: part(".panel").first(),
    open: async () => {
      await launcher.click();
      await field.waitFor();
    },
    ask: async text => {
      await field.fill(text);
      await field.press("Enter");
    },
    answered: count =>
      inside(
        ([n, css]) => document.querySelector("chat-portal-widget").shadowRoot.querySelectorAll(css).length >= n,
        [count, ".answered .bot"],
      ),
    /** Waits until the focus is on what the selector finds in the widget. */
    focuses: css =>
      inside(wanted => document.querySelector("chat-portal-widget").shadowRoot.activeElement?.matches(wanted), css),
    session: () => [...state.sessions.values()].at(-1),
    shot: async what => {
      if (shots) await page.screenshot({ path: `${shots}/${what}.png` });
    },
    reads: async () => {
      // Straight through the protocol, so that no policy of the page is in the way.
      await page.evaluate(`globalThis.axe || (() => { ${axe} })()`);
      const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      assert.deepEqual(
        found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.target.flat().join(" "))}`),
        [],
      );
    },
  };
}
