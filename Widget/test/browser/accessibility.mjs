// What somebody notices who uses it without a mouse, or without seeing it.
import assert from "node:assert/strict";
import { html, snippet, state, visit } from "../visit.mjs";

visit("keyboard: Escape closes and the focus returns", {}, async ({ page, launcher, field, focuses }) => {
  await launcher.focus();
  await page.keyboard.press("Enter");
  await field.waitFor();
  await focuses("textarea");
  await page.keyboard.press("Escape");
  await focuses(".launch");
  assert.equal(await launcher.getAttribute("aria-expanded"), "false");
});

for (const [scheme, forcedColors] of [["light", "none"], ["dark", "none"], ["light", "active"]]) {
  visit(`axe finds nothing in any state (${scheme}${forcedColors === "active" ? ", forced colours" : ""})`, { colorScheme: scheme, forcedColors, page: html(snippet("")) }, async ({ page, launcher, open, ask, answered, reads, shot, part }) => {
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
    await part(".streaming .bot").waitFor();
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

visit("who cannot see the words as they come hears them by the sentence", {}, async ({ page, open, ask, answered, part }) => {
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
  assert.equal(spoken.join("").replace(/\s+/g, " ").trim(), (await part(".answered .bot .text").textContent()).replace(/\s+/g, " ").trim());
});

visit("reduced motion moves nothing", {}, async ({ open, ask, part }) => {
  await open();
  await ask("wait");
  await part(".dots i").first().waitFor();
  assert.deepEqual(await part(":is(.dots i, .panel)").evaluateAll(all => [...new Set(all.map(e => getComputedStyle(e).animationName))]), ["none"]);
});
