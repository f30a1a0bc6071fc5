// What a visitor can notice, in a real Chromium against the stand-in portal. node test/browser.mjs [folder for screenshots]
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { startStandIn } from "./stand-in.mjs";

const ports = { portalPort: 6180, sitePort: 6181 };
const shots = process.argv[2];
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.log(`Skipped: there is no Chromium at ${executablePath}.`);
  process.exit(0);
}
const { state, close } = startStandIn(ports);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
let failed = 0;

async function check(name, path, options, story) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const troubles = [];
  page.on("pageerror", error => troubles.push(error.message));
  page.on("console", message => { if (message.type() === "error" && /Content Security|Trusted|Refused/i.test(message.text())) troubles.push(message.text()); });
  Object.assign(state, { requests: [], failNext: 0, expireNext: false, refuse: null, config: {}, stream: true });
  const chat = {
    page, launcher: page.locator("chat-widget .launch").first(), field: page.locator("chat-widget textarea").first(), dialog: page.locator("chat-widget dialog").first(),
    open: async () => { await chat.launcher.click(); await chat.field.waitFor(); },
    ask: async text => { await chat.field.fill(text); await chat.field.press("Enter"); },
    answered: count => page.waitForFunction(n => document.querySelector("chat-widget").shadowRoot.querySelectorAll(".bot.answered").length >= n, count),
    focused: () => page.evaluate(() => { const e = document.querySelector("chat-widget").shadowRoot.activeElement; return e?.className || e?.localName; }),
    shot: async what => { if (shots) await page.screenshot({ path: `${shots}/${what}.png` }); },
  };
  try {
    options.before && await options.before(page);
    await page.goto(`http://localhost:${ports.sitePort}/sample/${path}`);
    await story(chat);
    assert.deepEqual(troubles, []);
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n     ${String(error.message).split("\n").slice(0, 12).join("\n     ")}`);
  }
  await context.close();
}

await check("before a click there is one script, one config, and nothing stored", "index.html", {}, async ({ page, launcher }) => {
  await launcher.waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(state.requests, ["GET /widget.js", "GET /config"]);
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length), 0);
});

await check("a question is asked, answered, rated, kept over a reload, and forgotten", "index.html", {}, async ({ page, open, ask, answered, focused, shot }) => {
  await open();
  await shot("first");
  assert.equal(await focused(), "textarea");
  await ask("Can I return a sofa?");
  await answered(1);
  await page.getByRole("button", { name: "Helpful", exact: true }).click();
  await page.getByRole("button", { name: "Not helpful" }).click();
  await page.getByLabel("What was missing?").fill("The price");
  await page.getByLabel("What was missing?").press("Enter");
  await page.waitForTimeout(200);
  await shot("answered");
  const session = [...state.sessions.values()].at(-1);
  assert.deepEqual([session.messages[0].feedback, session.messages[0].comment], ["down", "The price"]);

  await page.reload();
  await page.locator("chat-widget .launch").click();
  await answered(1);
  assert.equal(await page.getByRole("button", { name: "Not helpful" }).getAttribute("aria-pressed"), "true");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Forget me" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("This conversation is gone").waitFor();
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

await check("the AI says that it is one, links the privacy notice, and labels each message", "index.html", {}, async ({ page, open, ask, answered }) => {
  await open();
  assert.ok(await page.getByText("You are chatting with an AI assistant of Alder & Finch, not a person.").isVisible());
  assert.equal(await page.getByRole("link", { name: "Privacy notice" }).getAttribute("href"), "https://alderfinch.example/privacy");
  await ask("Hello");
  await answered(1);
  assert.ok(await page.getByText("You are chatting with an AI assistant").isVisible());
  assert.equal(await page.locator("chat-widget .bot.answered").getAttribute("data-author"), "ai");
});

await check("a failed question can be sent again", "index.html", { colorScheme: "dark" }, async ({ page, open, ask, answered, shot }) => {
  state.failNext = 1;
  await open();
  await ask("Hello");
  await page.getByText("Not answered").waitFor();
  await shot("failed-dark");
  await page.getByRole("button", { name: "Send again" }).click();
  await answered(1);
  assert.equal([...state.sessions.values()].at(-1).messages.length, 1);
});

await check("an expired session is resumed without a word", "index.html", {}, async ({ open, ask, answered }) => {
  await open();
  await ask("One");
  await answered(1);
  state.expireNext = true;
  await ask("Two");
  await answered(2);
});

await check("a JSON answer works as well as a stream", "index.html", {}, async ({ open, ask, answered }) => {
  state.stream = false;
  await open();
  await ask("Hello");
  await answered(1);
});

await check("thinking gets words after a while", "index.html", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("wait");
  await page.getByText("Looking that up…").waitFor({ timeout: 5000 });
  await answered(1);
});

await check("too many messages and a wrong website are sentences", "index.html", {}, async ({ page, open, ask }) => {
  await open();
  state.refuse = "rate_limited";
  await ask("Hello");
  await page.getByText("Try again in 20 seconds").waitFor();
  state.refuse = "origin_not_allowed";
  await ask("Hello");
  await page.getByText("not set up for this website").last().waitFor();
  assert.equal(await page.locator("chat-widget textarea").isVisible(), false);
});

await check("offline, a question waits and is sent when the connection is back", "index.html", {}, async ({ page, open, ask, answered, shot }) => {
  await open();
  await page.context().setOffline(true);
  await ask("Hello");
  await page.getByText("You’re offline").waitFor();
  await shot("offline");
  await page.context().setOffline(false);
  await answered(1);
});

await check("keyboard: Escape closes and the focus returns", "index.html", {}, async ({ page, launcher, field, focused }) => {
  await launcher.focus();
  await page.keyboard.press("Enter");
  await field.waitFor();
  await page.waitForTimeout(100);
  assert.equal(await focused(), "textarea");
  await page.keyboard.press("Escape");
  await page.waitForTimeout(100);
  assert.equal(await focused(), "launch");
  assert.equal(await launcher.getAttribute("aria-expanded"), "false");
});

await check("a phone shows it full screen, modal, and leaves the page as it was", "index.html", phone, async ({ page, open, ask, answered, dialog, shot }) => {
  await open();
  await shot("phone-first");
  assert.deepEqual(await dialog.boundingBox(), { x: 0, y: 0, width: 390, height: 844 });
  await ask("oak, rich");
  await answered(1);
  await shot("phone-rich");
  await page.getByRole("button", { name: "Close chat" }).click();
  assert.equal(await page.evaluate(() => document.documentElement.style.overflow), "");
});

await check("it works under the strictest policy", "strict-csp.html", {}, async ({ open, ask, answered }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
});

await check("two widgets and a doubled snippet", "two-widgets.html", {}, async ({ page, shot }) => {
  await page.locator("chat-widget .launch").nth(1).waitFor();
  await page.waitForTimeout(300);
  assert.equal(await page.locator("chat-widget").count(), 2);
  await page.locator("chat-widget .launch").nth(0).click();
  await page.locator("chat-widget .launch").nth(1).click();
  await page.waitForTimeout(600);
  await shot("two-widgets");
  assert.equal(await page.locator("chat-widget dialog[open]").count(), 2);
});

await check("right to left, in Arabic", "rtl.html", {}, async ({ page, open, ask, answered, shot }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
  assert.equal(await page.locator("chat-widget .w").getAttribute("dir"), "rtl");
  await shot("rtl");
});

await check("a page that replaces its body keeps its chat", "spa.html", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("Hello");
  await answered(1);
  await page.getByRole("link", { name: "Tables" }).click();
  await page.getByRole("heading", { name: "Tables" }).waitFor();
  await ask("And now?");
  await answered(2);
});

await check("a page that unsets everything cannot unset it", "index.html", { before: page => page.route("**/shop.css", route => route.fulfill({ contentType: "text/css", body: "* { all: unset !important; color: red !important }" })) }, async ({ open, ask, answered, launcher, shot }) => {
  await open();
  await ask("Hello");
  await answered(1);
  assert.equal((await launcher.boundingBox()).width, 56);
  await shot("hostile");
});

await check("forbidden storage only means that nothing is remembered", "index.html", { before: page => page.addInitScript(() => {
  for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
}) }, async ({ open, ask, answered }) => {
  await open();
  await ask("Hello");
  await answered(1);
});

await check("the page can call it, before it is loaded and after, and be rid of it", "index.html", { before: page => page.addInitScript(() => { window.ChatWidget = [["on", "answer", () => { window.heard = true; }], ["send", "Hello"]]; }) }, async ({ page, answered }) => {
  await answered(1);
  await page.waitForFunction(() => window.heard);
  await page.evaluate(() => window.ChatWidget.close());
  assert.equal(await page.locator("chat-widget dialog[open]").count(), 0);
  await page.evaluate(() => window.ChatWidget.destroy());
  assert.deepEqual(await page.evaluate(() => [document.querySelector("chat-widget"), typeof window.ChatWidget]), [null, "undefined"]);
});

await check("an answer that comes while the chat is closed is counted", "index.html", {}, async ({ page, open, ask }) => {
  await open();
  await ask("wait");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("chat-widget").shadowRoot.querySelector(".unread").textContent === "1", null, { timeout: 8000 });
});

await check("a widget that is switched off is not offered", "index.html", { before: async () => { state.refuse = "widget_off"; } }, async ({ page, launcher }) => {
  await page.waitForTimeout(500);
  assert.equal(await launcher.isVisible(), false);
});

await browser.close();
close();
process.exitCode = failed > 0 ? 1 : 0;
