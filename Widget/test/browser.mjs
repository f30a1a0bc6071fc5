// What a visitor can notice, in a real Chromium before the stand-in portal. With a folder in SHOTS it leaves pictures there.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { startStandIn } from "./stand-in.mjs";

const shots = process.env.SHOTS;
const { state, close } = await startStandIn({ portalPort: 0, sitePort: 0 });
const browser = await chromium.launch({
  executablePath: process.env.PORTAL_TEST_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
after(async () => {
  await browser.close();
  close();
});

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const snippet = attributes => `<script src="http://localhost:5080/widget.js" data-widget="0198c0de-0000-7000-8000-000000000001" ${attributes} async></script>`;
const html = (head, body = "") => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Test</title><link rel="icon" href="data:,">${head}</head><body><main><h1>A page</h1>${body}</main></body></html>`;

/** One visitor on one page. `with.config` is what the portal publishes in place of its usual parts, `with.page` a page of one's own. */
function visit(name, { path = "index.html", config = {}, page: own, before, refuse = null, stream = true, ...options }, story) {
  test(name, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", reducedMotion: "reduce", ...options });
    try {
      const page = await context.newPage();
      const troubles = [];
      page.on("pageerror", error => troubles.push(error.message));
      page.on("console", message => { if (message.type() === "error" && /Content Security|Trusted|Refused/i.test(message.text())) troubles.push(message.text()); });
      Object.assign(state, { requests: [], failNext: 0, expireNext: false, refuse, config, stream, pages: own ? { "/sample/own.html": own } : {} });
      await before?.(page);
      await page.goto(`${state.site}/sample/${own ? "own.html" : path}`);
      await story(visitor(page));
      assert.deepEqual(troubles, []);
    } finally {
      await context.close();
    }
  });
}

function visitor(page) {
  const launcher = page.locator("chat-widget .launch").first();
  const field = page.locator("chat-widget textarea").first();
  const inside = (see, ...given) => page.waitForFunction(see, ...given);
  return {
    page, launcher, field, inside, dialog: page.locator("chat-widget dialog").first(),
    open: async () => { await launcher.click(); await field.waitFor(); },
    ask: async text => { await field.fill(text); await field.press("Enter"); },
    answered: count => inside(n => document.querySelector("chat-widget").shadowRoot.querySelectorAll(".bot.answered").length >= n, count),
    focuses: what => inside(wanted => { const e = document.querySelector("chat-widget").shadowRoot.activeElement; return (e?.className || e?.localName) === wanted; }, what),
    session: () => [...state.sessions.values()].at(-1),
    shot: async what => { if (shots) await page.screenshot({ path: `${shots}/${what}.png` }); },
    reads: async () => {
      // Straight through the protocol, so that no policy of the page is in the way.
      await page.evaluate(`globalThis.axe || (() => { ${axe} })()`);
      const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.target.flat().join(" "))}`), []);
    },
  };
}

// Weight and manners

visit("before a click there is one script, one config, one global, nothing stored and nothing shifted", { before: page => page.addInitScript(() => {
  window.shifted = 0;
  new PerformanceObserver(list => { for (const { value } of list.getEntries()) window.shifted += value; }).observe({ type: "layout-shift", buffered: true });
  window.before = new Set(Object.getOwnPropertyNames(window));
}) }, async ({ page, launcher }) => {
  await launcher.waitFor();
  await page.waitForLoadState("networkidle");
  assert.deepEqual(state.requests, ["GET /widget.js", "GET /config"]);
  assert.deepEqual(await page.evaluate(() => [localStorage.length + sessionStorage.length, document.cookie, window.shifted, Object.getOwnPropertyNames(window).filter(name => !window.before.has(name) && name !== "before" && !/^\d+$/.test(name))]), [0, "", 0, ["ChatWidget"]]);
});

visit("reaching for it fetches the panel and the language in use, and nothing else", { locale: "de-DE", page: html(snippet("data-language=\"de\"")) }, async ({ page, launcher, field, open }) => {
  await launcher.hover();
  await field.waitFor({ state: "attached" }).catch(() => 0);
  await open();
  assert.equal(state.requests.length, 4);
  assert.deepEqual(state.requests.slice(2).map(request => request.replace(/\.[0-9a-f]{10}\.js$/, "")).sort(), ["GET /chunks/de", "GET /chunks/panel"]);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

visit("it works under the strictest policy", { path: "strict-csp.html" }, async ({ open, ask, answered }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
});

visit("two widgets and a doubled snippet", { path: "two-widgets.html" }, async ({ page, shot }) => {
  const launchers = page.locator("chat-widget .launch");
  await launchers.nth(1).waitFor();
  await launchers.nth(0).click();
  await launchers.nth(1).click();
  await page.locator("chat-widget dialog[open]").nth(1).waitFor();
  assert.equal(await page.locator("chat-widget").count(), 2);
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

visit("a page that unsets everything cannot unset it", { before: page => page.route("**/shop.css", route => route.fulfill({ contentType: "text/css", body: "* { all: unset !important; color: red !important }" })) }, async ({ open, ask, answered, launcher, shot }) => {
  await open();
  await ask("Hello");
  await answered(1);
  assert.equal((await launcher.boundingBox()).width, 56);
  await shot("hostile");
});

visit("a page that meddles with globals and prototypes does not break it", { before: page => page.addInitScript(() => {
  for (const name of ["name", "chat", "open", "status", "event", "stop", "top", "config", "h"]) try { window[name] = () => { throw new Error(name); }; } catch { /* not to be had */ }
  Object.prototype.extra = "extra";
  Array.prototype.extra = () => "extra";
  String.prototype.extra = () => "extra";
  window.define = Object.assign(() => { throw new Error("define"); }, { amd: {} });
  window.process = window.module = window.exports = window.$ = window._ = 1;
}) }, async ({ open, ask, answered }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
});

visit("forbidden storage only means that nothing is remembered", { before: page => page.addInitScript(() => {
  for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
}) }, async ({ open, ask, answered }) => {
  await open();
  await ask("Hello");
  await answered(1);
  await ask("And again");
  await answered(2);
});

visit("removed, it leaves nothing behind", { before: page => page.addInitScript(() => {
  const add = EventTarget.prototype.addEventListener;
  window.heard = [];
  EventTarget.prototype.addEventListener = function (name, listener, options) {
    // Only ours: whoever drives the browser listens too.
    if (/\/widget\.js|\/chunks\//.test(new Error().stack) && (this === window || this === document || this instanceof MediaQueryList || this === visualViewport)) window.heard.push([name, options?.signal]);
    return add.call(this, name, listener, options);
  };
}), ...phone }, async ({ page, open, ask, answered }) => {
  await open();
  await ask("Hello");
  await answered(1);
  await page.evaluate(() => window.ChatWidget.destroy());
  assert.deepEqual(await page.evaluate(() => [
    window.heard.filter(([, signal]) => !signal?.aborted).map(([name]) => name), document.adoptedStyleSheets.length, document.documentElement.getAttribute("style") ?? "", typeof window.ChatWidget,
    document.querySelectorAll("chat-widget").length,
  ]), [[], 0, "", "undefined", 0]);
});

visit("in a frame without an origin it works, and forgets with the page", { page: html("", `<iframe sandbox="allow-scripts" title="Null" width="900" height="700" srcdoc='${html(snippet("data-color=\"#1F5D4C\"")).replaceAll("'", "&#39;")}'></iframe>`) }, async ({ page }) => {
  const frame = page.frameLocator("iframe");
  await frame.locator("chat-widget .launch").click();
  await frame.locator("chat-widget textarea").fill("Hello");
  await frame.locator("chat-widget textarea").press("Enter");
  await frame.locator("chat-widget .bot.answered").waitFor();
});

test("in a page from a file it works", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chat-widget-"));
  const context = await browser.newContext();
  try {
    Object.assign(state, { config: {}, refuse: null, stream: true });
    writeFileSync(join(folder, "page.html"), html(snippet("data-color=\"#1F5D4C\"")).replaceAll("http://localhost:5080", state.portal));
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

// What it does

visit("a question is asked, answered, rated, kept over a reload, and forgotten", {}, async ({ page, open, ask, answered, focuses, session, shot }) => {
  await open();
  await shot("first");
  await focuses("textarea");
  await ask("Can I return a sofa?");
  await answered(1);
  await page.getByRole("button", { name: "Helpful", exact: true }).click();
  await page.getByRole("button", { name: "Not helpful" }).click();
  await page.getByLabel("What was missing?").fill("The price");
  await page.getByLabel("What was missing?").press("Enter");
  await page.locator("chat-widget q", { hasText: "The price" }).waitFor();
  await shot("answered");

  await page.reload();
  await page.locator("chat-widget .launch").click();
  await answered(1);
  assert.deepEqual([session().messages[0].feedback, session().messages[0].feedbackComment], ["down", "The price"]);
  assert.equal(await page.getByRole("button", { name: "Not helpful" }).getAttribute("aria-pressed"), "true");
  await page.locator("chat-widget q", { hasText: "The price" }).waitFor();
  await page.getByText("Sources · 2").waitFor();
  await page.getByRole("button", { name: "Book a collection" }).waitFor();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Forget me" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("This conversation is gone").waitFor();
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

visit("suggestions are asked with a click, and a new conversation begins with the greeting", {}, async ({ page, open, answered }) => {
  await open();
  await page.getByRole("button", { name: "Can I return a sofa?" }).click();
  await answered(1);
  await page.getByRole("button", { name: "Measure my door" }).click();
  await answered(2);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "New conversation" }).click();
  await page.getByRole("heading", { name: "Hello! What are you looking for?" }).waitFor();
});

visit("an answer can be copied, and so can its code", { permissions: ["clipboard-read", "clipboard-write"] }, async ({ page, open, ask, answered }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
  await page.locator("chat-widget .code button").click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^oil --coats 2/);
  await page.locator("chat-widget .tools button").last().click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^# Care of oak/);
});

visit("Markdown becomes elements, a link says where it really leads, HTML stays text", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
  const text = page.locator("chat-widget .bot.answered .text");
  for (const part of ["h3", "em", "ol ul", "blockquote", "pre", "table th", "a[rel~=noopener][target=_blank]"]) await text.locator(part).first().waitFor();
  assert.match(await text.textContent(), /www\.bank\.example \(evil\.example\) and <b>not bold<\/b>/);
  assert.equal(await text.locator("b, img").count(), 0);
});

visit("stop ends the answer here and at the portal", {}, async ({ page, open, ask, inside, session }) => {
  await open();
  await ask("stream it");
  await page.locator("chat-widget .bot.streaming").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped").waitFor();
  assert.equal(session().messages[0].status, "failed");
  await page.getByRole("button", { name: "Send again" }).waitFor();
  await inside(() => document.querySelector("chat-widget").shadowRoot.querySelector("textarea"));
});

visit("a line that breaks is picked up again, and the answer stands there once", {}, async ({ page, open, ask, answered, session }) => {
  await open();
  await ask("drop it once");
  await answered(1);
  assert.equal(state.requests.filter(request => request === "POST /messages").length, 2);
  assert.equal(session().messages.length, 1);
  assert.equal((await page.locator("chat-widget .bot.answered .text").textContent()).split("30 days").length, 2);
});

visit("a failed question can be sent again", { colorScheme: "dark" }, async ({ page, open, ask, answered, session, shot }) => {
  state.failNext = 1;
  await open();
  await ask("Hello");
  await page.getByText("Not answered").waitFor();
  await page.getByText("Sorry, I couldn’t reach my notes").waitFor();
  await shot("failed-dark");
  await page.getByRole("button", { name: "Send again" }).click();
  await answered(1);
  assert.equal(session().messages.length, 1);
});

visit("an expired session is resumed without a word", {}, async ({ open, ask, answered }) => {
  await open();
  await ask("One");
  await answered(1);
  state.expireNext = true;
  await ask("Two");
  await answered(2);
});

visit("a JSON answer works as well as a stream", { stream: false }, async ({ open, ask, answered }) => {
  await open();
  await ask("Hello");
  await answered(1);
});

visit("thinking gets words after a while", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("wait");
  await page.getByText("Looking that up…").waitFor();
  await answered(1);
});

visit("too many messages and a closed chat are sentences, and a chat that is open again takes questions", {}, async ({ page, open, ask, answered, field }) => {
  await open();
  state.refuse = "rate_limited";
  await ask("Hello");
  await page.getByText("Try again in 20 seconds").waitFor();
  state.refuse = "widget_over_budget";
  await ask("Hello");
  await page.getByText("This chat is closed at the moment").last().waitFor();
  assert.equal(await field.isVisible(), false);
  state.refuse = null;
  await page.keyboard.press("Escape");
  await open();
  await ask("Hello again");
  await answered(1);
});

visit("on a website that is not allowed, a sentence says so", {}, async ({ page, open, ask }) => {
  await open();
  state.refuse = "origin_not_allowed";
  await ask("Hello");
  await page.getByText("not set up for this website").last().waitFor();
});

visit("offline, a question waits and is sent when the connection is back", {}, async ({ page, open, ask, answered, shot }) => {
  await open();
  await page.context().setOffline(true);
  await ask("Hello");
  await page.getByText("You’re offline").waitFor();
  await shot("offline");
  await page.context().setOffline(false);
  await answered(1);
});

visit("an answer that comes while the chat is closed is counted", {}, async ({ page, open, ask, inside }) => {
  await open();
  await ask("wait");
  await page.keyboard.press("Escape");
  await inside(() => document.querySelector("chat-widget").shadowRoot.querySelector(".unread").textContent === "1");
});

visit("an answer that came late is there on return", { stream: false }, async ({ page, open, ask, answered, session, launcher }) => {
  await open();
  await ask("Hello");
  await answered(1);
  session().messages.push({ id: "0198c0de-0000-7000-8000-0000000000aa", clientMessageId: null, message: "And?", status: "answered", response: "It came late.", createdAt: new Date().toISOString(), feedback: null });
  await page.keyboard.press("Escape");
  await launcher.click();
  await page.getByText("It came late.").waitFor();
});

visit("several tabs are in step", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("One");
  await answered(1);
  const other = visitor(await page.context().newPage());
  await other.page.goto(page.url());
  await other.open();
  await other.answered(1);
  await other.ask("Two");
  await answered(2);
});

visit("the page can call it, before it is loaded and after, and be rid of it", { before: page => page.addInitScript(() => {
  window.ChatWidget = [["on", "answer", () => { window.answers = (window.answers ?? 0) + 1; }], ["setPage", { url: "https://shop.example/cart", title: "Cart" }], ["send", "Hello"]];
}) }, async ({ page, answered, dialog, inside, session }) => {
  await answered(1);
  await inside(() => window.answers === 1);
  await page.evaluate(() => { window.deaf = () => { window.answers = -1; }; window.ChatWidget.on("close", window.deaf); window.ChatWidget.off("close", window.deaf); return window.ChatWidget.close(); });
  await dialog.waitFor({ state: "hidden" });
  await page.evaluate(() => window.ChatWidget.toggle());
  await dialog.waitFor();
  await page.evaluate(() => window.ChatWidget.reset());
  await page.getByRole("heading", { name: "Hello! What are you looking for?" }).waitFor();
  assert.equal(await page.evaluate(() => window.answers), 1);
  assert.equal(session().messages.length, 1);
  assert.deepEqual(session().messages[0].page, { url: "https://shop.example/cart", title: "Cart" });
});

visit("the page's own button opens it, and gets the focus back", { page: html(snippet("data-launcher=\"none\""), "<button data-chat-open>Ask us</button>") }, async ({ page, field, launcher, focuses, inside }) => {
  await inside(() => window.ChatWidget);
  await page.getByRole("button", { name: "Ask us" }).click();
  await field.waitFor();
  await focuses("textarea");
  assert.equal(await launcher.isVisible(), false);
  await page.keyboard.press("Escape");
  await inside(() => document.activeElement.textContent === "Ask us");
});

visit("inline it fills its container and stays open", { page: html(`${snippet("").replace("data-widget=\"0198c0de-0000-7000-8000-000000000001\"", "")}<style>#box { width: 500px; height: 600px; border: 1px solid }</style>`, "<div id=\"box\"><chat-widget data-widget=\"0198c0de-0000-7000-8000-000000000001\" data-inline></chat-widget></div>") }, async ({ page, field, dialog, ask, answered, launcher, shot }) => {
  await field.waitFor();
  const [box, panel] = [await page.locator("#box").boundingBox(), await dialog.boundingBox()];
  assert.deepEqual([panel.width, panel.height], [box.width - 2, box.height - 2]);
  assert.equal(await launcher.isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  await ask("Hello");
  await answered(1);
  await page.keyboard.press("Escape");
  assert.equal(await dialog.isVisible(), true);
  await shot("inline");
});

visit("it opens by itself without taking the focus, until the visitor closes it", { config: { behaviour: { openAfter: 1 } } }, async ({ page, dialog, launcher }) => {
  await dialog.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  await page.getByRole("button", { name: "Close chat" }).last().click();
  await page.clock.install();
  await page.reload();
  await launcher.waitFor();
  await page.clock.runFor(3000);
  assert.equal(await dialog.count(), 0);
});

visit("nothing is sent before the visitor has agreed", { config: { behaviour: { consent: true, sensitiveHint: true } } }, async ({ page, launcher, field, ask, answered, reads, shot }) => {
  await launcher.click();
  await page.getByText("Your messages go to Alder & Finch and its AI.").waitFor();
  await page.getByText("Please share no passwords").waitFor();
  assert.equal(await field.isVisible(), false);
  await page.getByRole("button", { name: "Can I return a sofa?" }).click();
  await reads();
  await shot("consent");
  assert.ok(!state.requests.includes("POST /sessions"));
  await page.getByRole("button", { name: "I agree" }).click();
  await ask("Hello");
  await answered(1);
  await page.reload();
  await launcher.click();
  await field.waitFor();
});

visit("a widget that is switched off is not offered", { refuse: "widget_off" }, async ({ page, launcher }) => {
  await page.waitForLoadState("networkidle");
  await launcher.waitFor({ state: "hidden" });
});

// Look and language

visit("colour, corner, distance, size, roundness and pictures are the client's", { config: { look: {
  color: "#FFD400", on: "#16161A", atLight: "#7A6600", atDark: "#FFD400", theme: "dark", position: "left", size: "large", radius: 4, offsetX: 48, offsetY: 64, font: "system", logo: "/sample/mark.svg", avatar: "/missing.webp",
} }, before: page => page.route("**/mark.svg", route => route.fulfill({ contentType: "image/svg+xml", body: "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='30'><rect width='90' height='30'/></svg>" })) }, async ({ page, launcher, dialog, open, inside, shot }) => {
  await open();
  const { x, y, width, height } = await launcher.boundingBox();
  assert.deepEqual([x, 800 - y - height, width], [48, 64, 64]);
  assert.deepEqual(await launcher.evaluate(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]), ["rgb(255, 212, 0)", "rgb(22, 22, 26)"]);
  assert.deepEqual(await dialog.evaluate(e => [getComputedStyle(e).borderRadius, getComputedStyle(e).backgroundColor, Math.round(e.getBoundingClientRect().left)]), ["4px", "rgb(23, 24, 28)", 48]);
  assert.equal(await page.locator("chat-widget .hello img").evaluate(async e => { await e.decode(); return e.height; }), 36);
  // A picture that cannot be had leaves the letter in its place.
  await inside(() => !document.querySelector("chat-widget").shadowRoot.querySelector(".ava img"));
  assert.equal(await page.locator("chat-widget .ava").textContent(), "F");
  await shot("look");
});

visit("without a first message of the client's it greets in the visitor's language", { config: { texts: { title: "Fern" } }, page: html(snippet("")).replace('lang="en"', 'lang="fr"') }, async ({ page, open }) => {
  await open();
  await page.getByRole("heading", { name: "Bonjour ! Comment puis-je vous aider ?" }).waitFor();
});

visit("a widget says it the client's way", { config: { texts: { title: "Fern", firstMessage: "Hi", strings: { a: "Put it away" } } } }, async ({ page, open }) => {
  await open();
  await page.getByRole("button", { name: "Put it away" }).waitFor();
});

for (const [language, close] of Object.entries({ en: "Close chat", de: "Chat schließen", fr: "Fermer", es: "Cerrar", pt: "Fechar", it: "Chiudi", nl: "sluiten", pl: "Zamknij", tr: "kapat", ar: "إغلاق", ja: "閉じる", zh: "关闭" })) {
  visit(`it speaks ${language} on a page in ${language}`, { page: html(snippet("")).replace("lang=\"en\"", `lang="${language}"`) }, async ({ page, open }) => {
    await open();
    await page.locator(`chat-widget .w[lang=${language}][dir=${language === "ar" ? "rtl" : "ltr"}]`).waitFor({ state: "attached" });
    assert.ok((await page.locator("chat-widget .head button").last().getAttribute("aria-label")).includes(close));
  });
}

visit("right to left, in Arabic", { path: "rtl.html" }, async ({ open, ask, answered, reads, shot }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
  await reads();
  await shot("rtl");
});

visit("a phone shows it full screen, modal, and leaves the page as it was", phone, async ({ page, open, ask, answered, dialog, reads, shot }) => {
  await open();
  await shot("phone-first");
  assert.deepEqual(await dialog.boundingBox(), { x: 0, y: 0, width: 390, height: 844 });
  await ask("oak, rich");
  await answered(1);
  await reads();
  await shot("phone-rich");
  await page.getByRole("button", { name: "Close chat" }).click();
  assert.equal(await page.evaluate(() => document.documentElement.style.overflow), "");
});

// Accessibility

visit("keyboard: Escape closes and the focus returns", {}, async ({ page, launcher, field, focuses }) => {
  await launcher.focus();
  await page.keyboard.press("Enter");
  await field.waitFor();
  await focuses("textarea");
  await page.keyboard.press("Escape");
  await focuses("launch");
  assert.equal(await launcher.getAttribute("aria-expanded"), "false");
});

for (const [scheme, forcedColors] of [["light", "none"], ["dark", "none"], ["light", "active"]]) {
  visit(`axe finds nothing in any state (${scheme}${forcedColors === "active" ? ", forced colours" : ""})`, { colorScheme: scheme, forcedColors, page: html(snippet("")) }, async ({ page, launcher, open, ask, answered, reads, shot }) => {
    await launcher.waitFor();
    await reads();
    await open();
    await reads();
    await ask("oak, rich");
    await answered(1);
    await reads();
    await page.getByRole("button", { name: "Not helpful" }).click();
    await page.getByText("Sources · 2").click();
    await reads();
    await shot(`rich-${scheme}-${forcedColors}`);
    await page.getByRole("button", { name: "More" }).click();
    await reads();
    await page.getByRole("button", { name: "Forget me" }).click();
    await reads();
    await page.getByRole("button", { name: "Cancel" }).click();
    state.failNext = 1;
    await ask("Hello");
    await page.getByText("Not answered").waitFor();
    await reads();
    await ask("stream it");
    await page.locator("chat-widget .bot.streaming").waitFor();
    await reads();
    await page.context().setOffline(true);
    await page.getByText("You’re offline").waitFor();
    await reads();
  });
}

visit("at 200 % zoom everything can be reached, and targets have 24 px", { viewport: { width: 640, height: 400 } }, async ({ page, open, ask, answered, field, dialog }) => {
  await open();
  await ask("Hello");
  await answered(1);
  const [box, input] = [await dialog.boundingBox(), await field.boundingBox()];
  assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= 640 && box.y + box.height <= 400 && input.y + input.height <= 400, JSON.stringify([box, input]));
  const small = await page.locator("chat-widget button:visible, chat-widget summary:visible").evaluateAll(all => all.filter(e => { const { width, height } = e.getBoundingClientRect(); return width < 24 || height < 24; }).map(e => e.outerHTML.slice(0, 80)));
  assert.deepEqual(small, []);
});

visit("who cannot see the words as they come hears them by the sentence", {}, async ({ page, open, ask, answered }) => {
  await open();
  await page.evaluate(() => {
    const spoken = [...document.querySelector("chat-widget").shadowRoot.querySelectorAll("[role=status]")].at(-1);
    window.spoken = [];
    new MutationObserver(() => window.spoken.push(spoken.textContent)).observe(spoken, { childList: true, characterData: true, subtree: true });
  });
  await ask("Can I return a sofa?");
  await answered(1);
  const spoken = await page.evaluate(() => window.spoken);
  assert.ok(spoken.length > 1 && spoken[0].trim() === "Yes.", JSON.stringify(spoken));
  assert.equal(spoken.join("").replace(/\s+/g, " ").trim(), (await page.locator("chat-widget .bot.answered .text").textContent()).replace(/\s+/g, " ").trim());
});

visit("reduced motion moves nothing", {}, async ({ page, open, ask }) => {
  await open();
  await ask("wait");
  await page.locator("chat-widget .dots i").first().waitFor();
  assert.deepEqual(await page.locator("chat-widget .dots i, chat-widget dialog").evaluateAll(all => [...new Set(all.map(e => getComputedStyle(e).animationName))]), ["none"]);
});

// Honest

visit("the AI says that it is one, links the privacy notice, and labels each message", {}, async ({ page, open, ask, answered }) => {
  await open();
  await page.getByText("You are chatting with an AI assistant of Alder & Finch, not a person.").waitFor();
  assert.equal(await page.getByRole("link", { name: "Privacy notice" }).getAttribute("href"), "https://alderfinch.example/privacy");
  await ask("Hello");
  await answered(1);
  assert.ok(await page.getByText("You are chatting with an AI assistant").isVisible());
  assert.equal(await page.locator("chat-widget .bot.answered").getAttribute("data-author"), "ai");
  assert.match(await page.locator("chat-widget .bot.answered").textContent(), /^AI: /);
  assert.ok(await page.locator("chat-widget .foot .fine").isVisible());
});

visit("no call goes to anybody but the portal", { config: { look: { avatar: "/sample/face.webp" } } }, async ({ page, open, ask, answered }) => {
  const hosts = new Set();
  page.on("request", request => hosts.add(new URL(request.url()).origin));
  await open();
  await ask("oak, rich");
  await answered(1);
  assert.deepEqual([...hosts], [state.portal]);
});
