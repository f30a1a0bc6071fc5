// What somebody notices who uses it without a mouse, or without seeing it.
import assert from "node:assert/strict";
import { state, visit } from "../visit.mjs";

visit("keyboard: Escape closes and the focus returns", {}, async ({ page, launcher, field, focuses }) => {
  await launcher.focus();
  await page.keyboard.press("Enter");
  await field.waitFor();
  await focuses("textarea");
  await page.keyboard.press("Escape");
  await focuses(".launch");
  assert.equal(await launcher.getAttribute("aria-expanded"), "false");
});

visit(
  "at 200 % zoom everything can be reached, and targets have 24 px",
  { viewport: { width: 640, height: 400 } },
  async ({ page, open, ask, answered, field, dialog }) => {
    await open();
    await ask("Hello");
    await answered(1);
    const [box, input] = [await dialog.boundingBox(), await field.boundingBox()];
    assert.ok(
      box.x >= 0 &&
        box.y >= 0 &&
        box.x + box.width <= 640 &&
        box.y + box.height <= 400 &&
        input.y + input.height <= 400,
      JSON.stringify([box, input]),
    );
    const small = await page
      .locator("chat-portal-widget button:visible, chat-portal-widget summary:visible")
      .evaluateAll(all =>
        all
          .filter(e => {
            const { width, height } = e.getBoundingClientRect();
            return width < 24 || height < 24;
          })
          .map(e => e.outerHTML.slice(0, 80)),
      );
    assert.deepEqual(small, []);
  },
);

visit(
  "who cannot see the words as they come hears them by the sentence",
  {},
  async ({ page, open, field, answered, inside }) => {
    await open();
    await page.evaluate(() => {
      const spoken = [...document.querySelector("chat-portal-widget").shadowRoot.querySelectorAll("[role=status]")].at(
        -1,
      );
      window.spoken = [];
      new MutationObserver(() => window.spoken.push(spoken.textContent)).observe(spoken, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    });
    // What draws answers is there before the first word: until then it is not known what is to be said.
    const drawing = page.waitForResponse(/chunks\/answers\.\w+\.js$/);
    await field.fill("Can I return a sofa? Stream it.");
    await (await drawing).finished();
    await field.press("Enter");
    await answered(1);
    // What is said follows what is shown by a frame or two.
    await inside(() => {
      const words = text => text.replace(/\s+/g, " ").trim();
      const shown = document.querySelector("chat-portal-widget").shadowRoot.querySelector(".answered .bot .text");
      return words(window.spoken.join("")) === words(shown.textContent);
    });
    const spoken = await page.evaluate(() => window.spoken);
    // A slow frame hears several sentences at once, and never half of one.
    assert.ok(spoken.length > 1 && spoken.every(piece => /(^|[.?!])\s*$/.test(piece)), JSON.stringify(spoken));
  },
);

visit("reduced motion moves nothing", {}, async ({ open, ask, part }) => {
  await open();
  await ask("wait");
  await part(".dots i").first().waitFor();
  assert.deepEqual(
    await part(":is(.dots i, .panel)").evaluateAll(all => [
      ...new Set(all.map(e => getComputedStyle(e).animationName)),
    ]),
    ["none"],
  );
});

visit(
  "forced colors give everything a border, and a pressed thumb another",
  { forcedColors: "active" },
  async ({ page, open, ask, answered, part }) => {
    const border = css =>
      part(css)
        .first()
        .evaluate(e => getComputedStyle(e).borderTopWidth);
    await open();
    assert.deepEqual(await Promise.all([".panel", ".card", ".launch", ".send"].map(border)), [
      "1px",
      "1px",
      "1px",
      "1px",
    ]);
    await ask("Hello");
    await answered(1);
    const thumb = page.getByRole("button", { name: "Helpful", exact: true });
    await thumb.click();
    assert.deepEqual(
      await Promise.all([".me", ".answered .bot", "[aria-pressed=true]", "[aria-pressed=false]"].map(border)),
      ["1px", "1px", "4px", "1px"],
    );
  },
);

visit(
  "320 px wide nothing has to be scrolled sideways",
  { viewport: { width: 320, height: 640 } },
  async ({ page, open, ask, answered, part }) => {
    const sideways = () =>
      part(".scroll").evaluate(e => [document.documentElement.scrollWidth > innerWidth, e.scrollWidth > e.clientWidth]);
    await open();
    assert.deepEqual(await sideways(), [false, false]);
    await ask(`oak, rich ${"long".repeat(40)}`);
    await answered(1);
    await page.getByText("Sources · 2").click();
    await page.getByRole("button", { name: "Not helpful" }).click();
    assert.deepEqual(await sideways(), [false, false]);
  },
);

visit(
  "with more space between lines, words and letters nothing is cut off",
  {},
  async ({ page, open, ask, answered, part }) => {
    await open();
    await page.evaluate(() => {
      const { shadowRoot } = document.querySelector("chat-portal-widget");
      const sheet = new CSSStyleSheet();
      // WCAG 1.4.12.
      sheet.replaceSync(
        "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }",
      );
      shadowRoot.adoptedStyleSheets.push(sheet);
    });
    const cut = () =>
      part(":is(.me, .bot, .card button, .strip, .notice, .fine, .pill, .state, .menu button):visible").evaluateAll(
        all =>
          all
            .filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
            .map(e => e.outerHTML.slice(0, 90)),
      );
    assert.deepEqual(await cut(), []);
    state.failNext = 1;
    await ask("oak, rich");
    await part(".failed .bot").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await answered(1);
    await page.getByRole("button", { name: "Measure my door" }).waitFor();
    await page.getByRole("button", { name: "More" }).click();
    assert.deepEqual(await cut(), []);
  },
);

visit(
  "sentences are told as they end, in Japanese too, and lists line by line",
  { answer: "はい。三十日以内です。\n\n- 無料です\n- 当日です\n" },
  async ({ page, open, ask, answered, inside }) => {
    await open();
    await page.evaluate(() => {
      const spoken = [...document.querySelector("chat-portal-widget").shadowRoot.querySelectorAll("[role=status]")].at(
        -1,
      );
      window.spoken = [];
      new MutationObserver(() => window.spoken.push(spoken.textContent)).observe(spoken, { childList: true });
    });
    await ask("Stream it.");
    await answered(1);
    await inside(() => /当日です/.test(window.spoken.at(-1)));
    const spoken = await page.evaluate(() => window.spoken.map(text => text.trim()));
    assert.equal(spoken[0], "はい。三十日以内です。");
    assert.match(spoken.at(-1), /無料です\s+当日です/);
  },
);

visit("the launcher tells how much is unread", {}, async ({ page, open, ask, part, launcher }) => {
  await open();
  await ask("wait");
  await page.keyboard.press("Escape");
  await part(".unread", { hasText: "1" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Chat (1)" }).count(), 1);
  await launcher.click();
  assert.equal(await launcher.getAttribute("aria-label"), "Chat");
});
