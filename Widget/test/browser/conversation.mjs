// What a visitor can do in a conversation.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { state, visit, visitor } from "../visit.mjs";

visit(
  "a question is asked, answered, rated, kept over a reload, and forgotten",
  {},
  async ({ page, open, ask, answered, focuses, session, shot, part }) => {
    await open();
    await shot("first");
    await focuses("textarea");
    await ask("Can I return a sofa?");
    await answered(1);
    await page.getByRole("button", { name: "Helpful", exact: true }).click();
    await page.getByRole("button", { name: "Not helpful" }).click();
    await page.getByLabel("What was missing?").fill("The price");
    await page.getByLabel("What was missing?").press("Enter");
    await page.locator("chat-portal-widget q", { hasText: "The price" }).waitFor();
    await shot("answered");

    await page.reload();
    await answered(1);
    assert.deepEqual([session().messages[0].feedback, session().messages[0].feedbackComment], ["down", "The price"]);
    assert.equal(await page.getByRole("button", { name: "Not helpful" }).getAttribute("aria-pressed"), "true");
    await page.locator("chat-portal-widget q", { hasText: "The price" }).waitFor();
    await page.getByText("Sources · 2").waitFor();
    await page.getByRole("button", { name: "Book a collection" }).waitFor();
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Delete my data" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Conversation deleted").waitFor();
    assert.equal(await page.evaluate(() => localStorage.length), 0);
  },
);

visit(
  "suggestions are asked with a click, and a new conversation begins with the greeting",
  {},
  async ({ page, open, answered }) => {
    await open();
    await page.getByRole("button", { name: "Can I return a sofa?" }).click();
    await answered(1);
    // What the bot greeted with is the first thing it said, above the question.
    const messages = page.locator("chat-portal-widget [role=log] [data-author]");
    assert.deepEqual(
      (await messages.allInnerTexts()).slice(0, 2).map(text => text.replace(/\s+/g, " ")),
      ["AI: Hello! What are you looking for?", "You: Can I return a sofa?"],
    );
    await page.getByRole("button", { name: "Measure my door" }).click();
    await answered(2);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("heading", { name: "Hello! What are you looking for?" }).waitFor();
  },
);

visit(
  "an answer can be copied, and so can its code",
  { permissions: ["clipboard-read", "clipboard-write"] },
  async ({ page, open, ask, answered, part }) => {
    await open();
    await ask("oak, rich");
    await answered(1);
    await part(".code button").click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^oil --coats 2/);
    await part(".tools button").last().click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^# Care of oak/);
  },
);

visit(
  "Markdown becomes elements, a link says where it really leads, HTML stays text",
  {},
  async ({ open, ask, answered, part }) => {
    await open();
    await ask("oak, rich");
    await answered(1);
    const text = part(".answered .bot .text");
    for (const part of ["h3", "em", "ol ul", "blockquote", "pre", "table th", "a[rel~=noopener][target=_blank]"])
      await text.locator(part).first().waitFor();
    assert.match(await text.textContent(), /www\.bank\.example \(evil\.example\) and <b>not bold<\/b>/);
    assert.equal(await text.locator("b, img").count(), 0);
  },
);

visit("stop ends the answer here and at the portal", {}, async ({ page, open, ask, field, inside, session, part }) => {
  await open();
  await ask("stream it");
  await part(".streaming .bot").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped").waitFor();
  assert.equal(session().messages[0].status, "stopped");
  await page.getByRole("button", { name: "Try again" }).waitFor();
  await inside(() => document.querySelector("chat-portal-widget").shadowRoot.querySelector("textarea"));
  // After a reload it is what it was: stopped, with the words that had come.
  const message = session().messages[0].response;
  assert.ok(message.length > 0);
  await page.reload();
  // It is open still.
  await field.waitFor();
  await page.getByText("Stopped").waitFor();
  assert.equal(await page.getByText("No reply").count(), 0);
  // Its words are drawn once the file that draws answers has come.
  await part(".stopped .bot .text", { hasText: message.trim().split(" ")[0] }).waitFor();
});

visit(
  "a failed question can be sent again",
  { colorScheme: "dark" },
  async ({ page, open, ask, answered, session, shot }) => {
    state.failNext = 1;
    await open();
    await ask("Hello");
    await page.getByText("No reply").waitFor();
    await page.getByText("Sorry, I couldn’t reach my notes").waitFor();
    await shot("failed-dark");
    await page.getByRole("button", { name: "Try again" }).click();
    await answered(1);
    assert.equal(session().messages.length, 1);
  },
);

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

visit(
  "too many messages and a closed chat are sentences, and a chat that is open again takes questions",
  {},
  async ({ page, open, ask, answered, field }) => {
    await open();
    state.refuse = "rate_limited";
    await ask("Hello");
    await page.getByText("Try again in 20 seconds").waitFor();
    state.refuse = "widget_over_budget";
    await ask("Hello");
    await page.getByText("Please write to hello@alderfinch.example").waitFor();
    assert.equal(await field.isVisible(), true);
    state.refuse = "widget_off";
    await ask("Hello");
    await page.getByText("This chat is currently unavailable").last().waitFor();
    assert.equal(await field.isVisible(), false);
    state.refuse = null;
    await page.keyboard.press("Escape");
    await open();
    await ask("Hello again");
    await answered(1);
  },
);

visit("on a website that is not allowed, a sentence says so", {}, async ({ page, launcher, field }) => {
  state.refuse = "origin_not_allowed";
  await launcher.click();
  await page.getByText("isn’t enabled for this website").waitFor();
  assert.equal(await field.isVisible(), false);
});

visit(
  "what has the focus and goes leaves it where the visitor goes on",
  {},
  async ({ page, open, ask, answered, focuses, part }) => {
    state.failNext = 1;
    await open();
    await ask("Hello");
    await page.getByRole("button", { name: "Try again" }).click();
    await focuses("textarea");
    await answered(1);
    await page.getByRole("button", { name: "Not helpful" }).click();
    await focuses("input");
    await page.getByLabel("What was missing?").fill("The price");
    await page.getByLabel("What was missing?").press("Enter");
    await focuses("textarea");
    await part("q", { hasText: "The price" }).waitFor();
  },
);

visit("only Try again asks the portal for another try", {}, async ({ page, open, ask, answered, session }) => {
  const asked = [];
  page.on("request", request => {
    if (request.method() === "POST" && request.url().endsWith("/messages")) asked.push(request.postDataJSON());
  });
  state.failNext = 1;
  await open();
  await ask("drop it, Hello");
  await page.getByRole("button", { name: "Try again" }).click();
  await answered(1);
  assert.deepEqual(
    asked.map(({ again }) => again),
    [undefined, true, undefined],
  );
  assert.deepEqual(
    [new Set(asked.map(({ clientMessageId }) => clientMessageId)).size, asked[0].locale, session().messages[0].locale],
    [1, "en", "en"],
  );
});

visit(
  "code is copied under its own name, and a browser that does not allow it is no error",
  { permissions: ["clipboard-read", "clipboard-write"] },
  async ({ page, open, ask, answered }) => {
    await open();
    await ask("oak, rich");
    await answered(1);
    await page.getByRole("button", { name: "Copy: oil --coats 2 --table" }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^oil/);
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    });
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 50)));
  },
);

visit(
  "the view follows an answer only for who is at its end",
  { answer: Array.from({ length: 60 }, (_, n) => `Line ${n} of a long answer.`).join("\n\n") },
  async ({ page, open, ask, part, answered, inside, focuses }) => {
    const gap = () => part(".scroll").evaluate(e => e.scrollHeight - e.scrollTop - e.clientHeight);
    const news = page.getByRole("button", { name: "New messages" });
    await open();
    await ask("Hello");
    await inside(
      css => document.querySelector("chat-portal-widget").shadowRoot.querySelector(css)?.textContent.length > 700,
      ".streaming .text",
    );
    assert.ok((await gap()) < 48);
    await part(".scroll").hover();
    await page.mouse.wheel(0, -400);
    await news.waitFor();
    const top = await part(".scroll").evaluate(e => e.scrollTop);
    await answered(1);
    assert.equal(await part(".scroll").evaluate(e => e.scrollTop), top);
    await news.click();
    await focuses("textarea");
    await news.waitFor({ state: "hidden" });
    assert.ok((await gap()) < 48);
  },
);

visit(
  "who scrolls up in the very frame in which the conversation grows stays there",
  { answer: Array.from({ length: 60 }, (_, n) => `Line ${n} of a long answer.`).join("\n\n") },
  async ({ open, ask, part, answered }) => {
    await open();
    await ask("Hello");
    await answered(1);
    const [wanted, kept] = await part(".scroll").evaluate(async scroll => {
      const top = scroll.scrollTop - 300;
      scroll.scrollTop = top;
      scroll
        .querySelector("[role=log]")
        .append(Object.assign(document.createElement("div"), { style: "flex: none; height: 200px" }));
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
      return [top, scroll.scrollTop];
    });
    assert.equal(kept, wanted);
  },
);

visit(
  "after twelve seconds it says that it is still working",
  { before: page => page.clock.install() },
  async ({ page, open, ask }) => {
    await page.clock.runFor(1000);
    await open();
    await ask("slow");
    await page.clock.runFor(3100);
    await page.getByText("Looking that up…").waitFor();
    await page.clock.runFor(9000);
    await page.getByText("Still working on it…").waitFor();
  },
);

visit("a person who answers is called one", {}, async ({ page, open, ask, answered, part }) => {
  await open();
  await ask("Is there a person?");
  await answered(1);
  assert.equal(await part(".answered .bot").getAttribute("data-author"), "person");
  assert.match(await part(".answered .bot").textContent(), /^Person: /);
  await page.reload();
  await answered(1);
  assert.equal(await part(".answered .bot").getAttribute("data-author"), "person");
});

visit("Enter that ends what an input method composes sends nothing", {}, async ({ open, field, answered }) => {
  await open();
  await field.fill("こんにちは");
  // Safari says so by the code of the key alone.
  await field.evaluate(e =>
    e.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true })),
  );
  await field.evaluate(e =>
    e.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true })),
  );
  assert.equal(await field.inputValue(), "こんにちは");
  await field.press("Enter");
  await answered(1);
});

visit("the conversation can be taken home as a text", {}, async ({ page, open, ask, answered }) => {
  await open();
  await ask("Can I return a sofa?");
  await answered(1);
  await page.getByRole("button", { name: "More" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download transcript" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "chat.txt");
  assert.match(
    await readFile(await download.path(), "utf8"),
    /^You: Can I return a sofa\?\n\nAI: Yes\. You have \*\*30 days\*\*/,
  );
});
