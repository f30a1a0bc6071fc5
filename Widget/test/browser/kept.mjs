// What becomes of a conversation when the line breaks, the page is left, or another tab is open.
import assert from "node:assert/strict";
import { state, visit, visitor } from "../visit.mjs";

visit(
  "a line that breaks is picked up again, and the answer stands there once",
  {},
  async ({ open, ask, answered, session, part }) => {
    await open();
    await ask("drop it once");
    await answered(1);
    assert.equal(state.requests.filter(request => request === "POST /messages").length, 2);
    assert.equal(session().messages.length, 1);
    assert.equal((await part(".answered .bot .text").textContent()).split("30 days").length, 2);
  },
);

visit("an expired session is resumed without a word", {}, async ({ open, ask, answered }) => {
  await open();
  await ask("One");
  await answered(1);
  state.expireNext = true;
  await ask("Two");
  await answered(2);
});

visit(
  "offline, a question waits and is sent when the connection is back",
  {},
  async ({ page, open, ask, answered, shot }) => {
    await open();
    await page.context().setOffline(true);
    await ask("Hello");
    await page.getByText("You’re offline").waitFor();
    await page.getByText("Sending when online…").waitFor();
    await shot("offline");
    await page.context().setOffline(false);
    await answered(1);
  },
);

visit("an answer that comes while the chat is closed is counted", {}, async ({ page, open, ask, part, launcher }) => {
  await open();
  await ask("wait");
  await page.keyboard.press("Escape");
  await part(".unread", { hasText: /^1$/ }).waitFor();
  assert.equal(await launcher.getAttribute("aria-label"), "Chat (1)");
});

visit(
  "an answer that came late is there on return",
  { stream: false },
  async ({ page, open, ask, answered, session, launcher }) => {
    await open();
    await ask("Hello");
    await answered(1);
    session().messages.push({
      id: "0198c0de-0000-7000-8000-0000000000aa",
      clientMessageId: null,
      message: "And?",
      status: "answered",
      response: "It came late.",
      createdAt: new Date().toISOString(),
      feedback: null,
    });
    await page.keyboard.press("Escape");
    await launcher.click();
    await page.getByText("It came late.").waitFor();
  },
);

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

visit(
  "a comment that the portal did not take stays, and is taken later",
  {},
  async ({ page, open, ask, answered, part }) => {
    await open();
    await ask("Hello");
    await answered(1);
    await page.getByRole("button", { name: "Not helpful" }).click();
    await page.route("**/feedback", route => route.abort(), { times: 1 });
    await page.getByLabel("What was missing?").fill("The price");
    await page.getByRole("button", { name: "Send" }).first().click();
    await page.getByText("Can’t connect. Check your connection.").waitFor();
    assert.equal(await page.getByLabel("What was missing?").inputValue(), "The price");
    await page.getByLabel("What was missing?").press("Enter");
    await part("q", { hasText: "The price" }).waitFor();
    await page.getByLabel("What was missing?").waitFor({ state: "hidden" });
  },
);

visit(
  "what was asked without a connection is sent after a reload, when the chat is opened",
  {},
  async ({ page, open, ask, answered, session }) => {
    await open();
    await ask("One");
    await answered(1);
    await page.context().setOffline(true);
    await ask("Two");
    await page.getByText("Sending when online…").last().waitFor();
    await page.context().setOffline(false);
    // It went out at once, but nobody heard it.
    await answered(2);
    await page.evaluate(() => {
      const [key] = Object.keys(localStorage);
      localStorage[key] = JSON.stringify({
        ...JSON.parse(localStorage[key]),
        unsent: [{ key: "0198c0de-0000-7000-8000-0000000000ff", question: "Three", at: Date.now(), status: "queued" }],
      });
    });
    await page.keyboard.press("Escape");
    await page.reload();
    assert.equal(session().messages.length, 2);
    await open();
    await answered(3);
    assert.equal(session().messages.at(-1).message, "Three");
  },
);

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

visit(
  "when the portal cannot be reached the client's own words stand for the answer",
  {},
  async ({ page, open, ask, part }) => {
    await page.route("**/messages", route =>
      route.request().method() === "POST"
        ? route.fulfill({
            status: 503,
            contentType: "application/problem+json",
            headers: { "Access-Control-Allow-Origin": "*" },
            body: '{"code":"unavailable"}',
          })
        : route.fallback(),
    );
    await open();
    await ask("Hello");
    await page.getByText("No reply").waitFor();
    assert.equal(await part(".failed .bot .text").textContent(), "Sorry, that did not work. ");
  },
);
