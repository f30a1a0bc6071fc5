// How it looks, and which language it speaks.
import assert from "node:assert/strict";
import { html, phone, snippet, state, visit, visitor } from "../visit.mjs";

visit("colour, corner, distance, size, roundness and pictures are the client's", { config: { look: {
  color: "#FFD400", on: "#16161A", atLight: "#7A6600", atDark: "#FFD400", theme: "dark", position: "left", size: "large", radius: 4, offsetX: 48, offsetY: 64, font: "system", logo: "/sample/mark.svg", avatar: "/missing.webp",
} }, before: page => page.route("**/mark.svg", route => route.fulfill({ contentType: "image/svg+xml", body: "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='30'><rect width='90' height='30'/></svg>" })) }, async ({ launcher, dialog, open, shot, part }) => {
  await open();
  const { x, y, width, height } = await launcher.boundingBox();
  assert.deepEqual([x, 800 - y - height, width], [48, 64, 64]);
  assert.deepEqual(await launcher.evaluate(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]), ["rgb(255, 212, 0)", "rgb(22, 22, 26)"]);
  assert.deepEqual(await dialog.evaluate(e => [getComputedStyle(e).borderRadius, getComputedStyle(e).backgroundColor, Math.round(e.getBoundingClientRect().left)]), ["4px", "rgb(23, 24, 28)", 48]);
  assert.equal(await part(".hello img").evaluate(async e => { await e.decode(); return e.height; }), 36);
  // A picture that cannot be had leaves the letter in its place.
  await part(".ava img").waitFor({ state: "detached" });
  assert.equal(await part(".ava").textContent(), "F");
  await shot("look");
});

visit("without a first message of the client's it greets in the visitor's language", { config: { texts: { title: "Fern" } }, page: html(snippet("")).replace('lang="en"', 'lang="fr"') }, async ({ page, open }) => {
  await open();
  await page.getByRole("heading", { name: "Bonjour ! Comment puis-je vous aider ?" }).waitFor();
});

visit("a widget says it the client's way", { config: { texts: { title: "Fern", firstMessage: "Hi", strings: { 0: "Put it away" } } } }, async ({ page, open }) => {
  await open();
  await page.getByRole("button", { name: "Put it away" }).waitFor();
});

for (const [language, close] of Object.entries({ en: "Close chat", de: "Chat schließen", fr: "Fermer", es: "Cerrar", pt: "Fechar", it: "Chiudi", nl: "sluiten", pl: "Zamknij", tr: "kapat", ar: "إغلاق", ja: "閉じる", zh: "关闭" })) {
  visit(`it speaks ${language} on a page in ${language}`, { page: html(snippet("")).replace("lang=\"en\"", `lang="${language}"`) }, async ({ open, part }) => {
    await open();
    await part(`.w[lang=${language}][dir=${language === "ar" ? "rtl" : "ltr"}]`).waitFor({ state: "attached" });
    assert.ok((await part(".head button").last().getAttribute("aria-label")).includes(close));
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
