// What a visitor can do in a conversation.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { selector } from "../../names.mjs";
import { html, snippet, state, visit, visitor } from "../visit.mjs";

visit("a question is asked, answered, rated, kept over a reload, and forgotten", {}, async ({ page, open, ask, answered, focuses, session, shot, part }) => {
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
  await part(".launch").click();
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

visit("an answer can be copied, and so can its code", { permissions: ["clipboard-read", "clipboard-write"] }, async ({ page, open, ask, answered, part }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
  await part(".code button").click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^oil --coats 2/);
  await part(".tools button").last().click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^# Care of oak/);
});

visit("Markdown becomes elements, a link says where it really leads, HTML stays text", {}, async ({ open, ask, answered, part }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
  const text = part(".answered .bot .text");
  for (const part of ["h3", "em", "ol ul", "blockquote", "pre", "table th", "a[rel~=noopener][target=_blank]"]) await text.locator(part).first().waitFor();
  assert.match(await text.textContent(), /www\.bank\.example \(evil\.example\) and <b>not bold<\/b>/);
  assert.equal(await text.locator("b, img").count(), 0);
});

visit("stop ends the answer here and at the portal", {}, async ({ page, open, ask, inside, session, part }) => {
  await open();
  await ask("stream it");
  await part(".streaming .bot").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped").waitFor();
  assert.equal(session().messages[0].status, "failed");
  await page.getByRole("button", { name: "Send again" }).waitFor();
  await inside(() => document.querySelector("chat-widget").shadowRoot.querySelector("textarea"));
});

visit("a line that breaks is picked up again, and the answer stands there once", {}, async ({ open, ask, answered, session, part }) => {
  await open();
  await ask("drop it once");
  await answered(1);
  assert.equal(state.requests.filter(request => request === "POST /messages").length, 2);
  assert.equal(session().messages.length, 1);
  assert.equal((await part(".answered .bot .text").textContent()).split("30 days").length, 2);
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

visit("on a website that is not allowed, a sentence says so", {}, async ({ page, launcher, field }) => {
  state.refuse = "origin_not_allowed";
  await launcher.click();
  await page.getByText("not set up for this website").waitFor();
  assert.equal(await field.isVisible(), false);
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

visit("an answer that comes while the chat is closed is counted", {}, async ({ page, open, ask, part, launcher }) => {
  await open();
  await ask("wait");
  await page.keyboard.press("Escape");
  await part(".unread", { hasText: /^1$/ }).waitFor();
  assert.equal(await launcher.getAttribute("aria-label"), "Chat (1)");
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

visit("after Forget me the visitor is asked to agree again, and can", { config: { behaviour: { consent: true } } }, async ({ page, launcher, field, ask, answered, focuses }) => {
  await launcher.click();
  await page.getByRole("button", { name: "I agree" }).click();
  await focuses("textarea");
  await ask("Hello");
  await answered(1);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Forget me" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Deleted. This conversation is gone. Your messages go to Alder & Finch and its AI.").waitFor();
  await focuses(".panel");
  await page.getByRole("button", { name: "I agree" }).click();
  await field.waitFor();
  await focuses("textarea");
});

visit("what has the focus and goes leaves it where the visitor goes on", {}, async ({ page, open, ask, answered, focuses, part }) => {
  state.failNext = 1;
  await open();
  await ask("Hello");
  await page.getByRole("button", { name: "Send again" }).click();
  await focuses("textarea");
  await answered(1);
  await page.getByRole("button", { name: "Not helpful" }).click();
  await focuses("input");
  await page.getByLabel("What was missing?").fill("The price");
  await page.getByLabel("What was missing?").press("Enter");
  await focuses("textarea");
  await part("q", { hasText: "The price" }).waitFor();
});

visit("only Send again asks the portal for another try", {}, async ({ page, open, ask, answered, session }) => {
  const asked = [];
  page.on("request", request => { if (request.method() === "POST" && request.url().endsWith("/messages")) asked.push(request.postDataJSON()); });
  state.failNext = 1;
  await open();
  await ask("drop it, Hello");
  await page.getByRole("button", { name: "Send again" }).click();
  await answered(1);
  assert.deepEqual(asked.map(({ again }) => again), [undefined, true, undefined]);
  assert.deepEqual([new Set(asked.map(({ clientMessageId }) => clientMessageId)).size, asked[0].locale, session().messages[0].locale], [1, "en", "en"]);
});

visit("a comment that the portal did not take stays, and is taken later", {}, async ({ page, open, ask, answered, part }) => {
  await open();
  await ask("Hello");
  await answered(1);
  await page.getByRole("button", { name: "Not helpful" }).click();
  await page.route("**/feedback", route => route.abort(), { times: 1 });
  await page.getByLabel("What was missing?").fill("The price");
  await page.getByRole("button", { name: "Send" }).first().click();
  await page.getByText("The chat can’t be reached right now.").waitFor();
  assert.equal(await page.getByLabel("What was missing?").inputValue(), "The price");
  await page.getByLabel("What was missing?").press("Enter");
  await part("q", { hasText: "The price" }).waitFor();
  await page.getByLabel("What was missing?").waitFor({ state: "hidden" });
});

visit("what was asked without a connection is sent after a reload, when the chat is opened", {}, async ({ page, open, ask, answered, session }) => {
  await open();
  await ask("One");
  await answered(1);
  await page.context().setOffline(true);
  await ask("Two");
  await page.getByText("Waiting to be sent").last().waitFor();
  await page.context().setOffline(false);
  // It went out at once, but nobody heard it.
  await answered(2);
  await page.evaluate(() => {
    const [key] = Object.keys(localStorage);
    localStorage[key] = JSON.stringify({ ...JSON.parse(localStorage[key]), unsent: [{ key: "0198c0de-0000-7000-8000-0000000000ff", question: "Three", at: Date.now(), status: "queued" }] });
  });
  await page.reload();
  assert.equal(session().messages.length, 2);
  await open();
  await answered(3);
  assert.equal(session().messages.at(-1).message, "Three");
});

visit("what was read in one tab is not unread in another", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("One");
  await answered(1);
  const other = visitor(await page.context().newPage());
  await other.page.goto(page.url());
  await other.launcher.hover();
  await other.dialog.waitFor({ state: "attached" });
  await other.launcher.click();
  await other.answered(1);
  await other.launcher.click();
  await other.dialog.waitFor({ state: "hidden" });
  await ask("Two");
  await answered(2);
  await other.answered(2);
  assert.equal(await other.launcher.getAttribute("aria-label"), "Chat");
});

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

visit("code is copied under its own name, and a browser that does not allow it is no error", { permissions: ["clipboard-read", "clipboard-write"] }, async ({ page, open, ask, answered }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
  await page.getByRole("button", { name: "Copy: oil --coats 2 --table" }).click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^oil/);
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError")); });
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 50)));
});

visit("a suggestion that is clicked costs no preflight any more", {}, async ({ page, open, answered, inside }) => {
  await open();
  await inside(() => performance.getEntriesByType("resource").some(entry => entry.name.endsWith("/messages")));
  state.requests = [];
  await page.getByRole("button", { name: "Can I return a sofa?" }).click();
  await answered(1);
  assert.deepEqual(state.requests, ["POST /messages"]);
});

visit("a chat that opened by itself asks nothing of the portal before the visitor reaches for it", { config: { behaviour: { openAfter: 1 } } }, async ({ page, dialog, inside }) => {
  await dialog.waitFor();
  assert.ok(!state.requests.some(request => /sessions|messages/.test(request)));
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await page.getByRole("button", { name: "Can I return a sofa?" }).hover();
  await inside(() => performance.getEntriesByType("resource").some(entry => entry.name.endsWith("/messages")));
  assert.deepEqual(state.requests.filter(request => !request.startsWith("OPTIONS")).slice(-2), ["POST /sessions", "GET /messages"]);
});

visit("when the portal cannot be reached the client's own words stand for the answer", {}, async ({ page, open, ask, part }) => {
  await page.route("**/messages", route => (route.request().method() === "POST" ? route.fulfill({ status: 503, contentType: "application/problem+json", headers: { "Access-Control-Allow-Origin": "*" }, body: "{\"code\":\"unavailable\"}" }) : route.fallback()));
  await open();
  await ask("Hello");
  await page.getByText("Not answered").waitFor();
  assert.equal(await part(".failed .bot .text").textContent(), "Sorry, that did not work. ");
});

visit("the view follows an answer only for who is at its end", { answer: Array.from({ length: 60 }, (_, n) => `Line ${n} of a long answer.`).join("\n\n") }, async ({ page, open, ask, part, answered, inside, focuses }) => {
  const gap = () => part(".scroll").evaluate(e => e.scrollHeight - e.scrollTop - e.clientHeight);
  const news = page.getByRole("button", { name: "New text" });
  await open();
  await ask("Hello");
  await inside(css => document.querySelector("chat-widget").shadowRoot.querySelector(css)?.textContent.length > 700, selector(".streaming .text"));
  assert.ok(await gap() < 48);
  await part(".scroll").hover();
  await page.mouse.wheel(0, -400);
  await news.waitFor();
  const top = await part(".scroll").evaluate(e => e.scrollTop);
  await answered(1);
  assert.equal(await part(".scroll").evaluate(e => e.scrollTop), top);
  await news.click();
  await focuses("textarea");
  await news.waitFor({ state: "hidden" });
  assert.ok(await gap() < 48);
});

visit("after twelve seconds it says that it is still working", { before: page => page.clock.install() }, async ({ page, open, ask }) => {
  await page.clock.runFor(1000);
  await open();
  await ask("slow");
  await page.clock.runFor(3100);
  await page.getByText("Looking that up…").waitFor();
  await page.clock.runFor(9000);
  await page.getByText("Still working…").waitFor();
});

visit("a person who answers is called one", {}, async ({ page, open, ask, answered, part }) => {
  await open();
  await ask("Is there a person?");
  await answered(1);
  assert.equal(await part(".answered .bot").getAttribute("data-author"), "person");
  assert.match(await part(".answered .bot").textContent(), /^Person: /);
  await page.reload();
  await open();
  await answered(1);
  assert.equal(await part(".answered .bot").getAttribute("data-author"), "person");
});

visit("Enter that ends what an input method composes sends nothing", {}, async ({ open, field, answered }) => {
  await open();
  await field.fill("こんにちは");
  // Safari says so by the code of the key alone.
  await field.evaluate(e => e.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true })));
  await field.evaluate(e => e.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true })));
  assert.equal(await field.inputValue(), "こんにちは");
  await field.press("Enter");
  await answered(1);
});

visit("the conversation can be taken home as a text", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("Can I return a sofa?");
  await answered(1);
  await page.getByRole("button", { name: "More" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  assert.equal(download.suggestedFilename(), "chat.txt");
  assert.match(await readFile(await download.path(), "utf8"), /^You: Can I return a sofa\?\n\nAI: Yes\. You have \*\*30 days\*\*/);
});
