// How it looks, and which language it speaks.
import assert from "node:assert/strict";
import { html, id, phone, snippet, visit } from "../visit.mjs";

visit(
  "color, corner, distance, size, roundness and pictures are the client's",
  {
    config: {
      look: {
        color: "#FFD400",
        on: "#16161A",
        atLight: "#7A6600",
        atDark: "#FFD400",
        theme: "dark",
        position: "left",
        size: "large",
        radius: 4,
        offsetX: 48,
        offsetY: 64,
        font: "system",
        logo: "/sample/mark.svg",
        avatar: "/missing.webp",
      },
    },
    before: page =>
      page.route("**/mark.svg", route =>
        route.fulfill({
          contentType: "image/svg+xml",
          body: "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='30'><rect width='90' height='30'/></svg>",
        }),
      ),
  },
  async ({ launcher, dialog, open, shot, part }) => {
    await open();
    const { x, y, width, height } = await launcher.boundingBox();
    assert.deepEqual([x, 800 - y - height, width], [48, 64, 64]);
    assert.deepEqual(await launcher.evaluate(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]), [
      "rgb(255, 212, 0)",
      "rgb(22, 22, 26)",
    ]);
    assert.deepEqual(
      await dialog.evaluate(e => [
        getComputedStyle(e).borderRadius,
        getComputedStyle(e).backgroundColor,
        Math.round(e.getBoundingClientRect().left),
      ]),
      ["4px", "rgb(23, 24, 28)", 48],
    );
    assert.equal(
      await part(".hello img").evaluate(async e => {
        await e.decode();
        return e.height;
      }),
      36,
    );
    // A picture that cannot be had leaves the letter in its place.
    await part(".ava img").waitFor({ state: "detached" });
    assert.equal(await part(".ava").textContent(), "F");
    await shot("look");
  },
);

visit(
  "without a first message of the client's it greets in the visitor's language",
  { config: { texts: { title: "Fern" } }, page: html(snippet("")).replace('lang="en"', 'lang="fr"') },
  async ({ page, open }) => {
    await open();
    await page.getByRole("heading", { name: "Bonjour ! Comment puis-je vous aider ?" }).waitFor();
  },
);

visit(
  "a widget says it the client's way",
  { config: { texts: { title: "Fern", firstMessage: "Hi", strings: { 0: "Put it away" } } } },
  async ({ page, open }) => {
    await open();
    await page.getByRole("button", { name: "Put it away" }).waitFor();
  },
);

for (const [language, close] of Object.entries({
  en: "Close chat",
  de: "Chat schließen",
  fr: "Fermer",
  es: "Cerrar",
  pt: "Fechar",
  it: "Chiudi",
  nl: "sluiten",
  pl: "Zamknij",
  tr: "kapat",
  ar: "إغلاق",
  ja: "閉じる",
  zh: "关闭",
})) {
  visit(
    `it speaks ${language} on a page in ${language}`,
    { page: html(snippet("")).replace('lang="en"', `lang="${language}"`) },
    async ({ open, part }) => {
      await open();
      await part(`.w[lang=${language}][dir=${language === "ar" ? "rtl" : "ltr"}]`).waitFor({ state: "attached" });
      assert.ok((await part(".head button").last().getAttribute("aria-label")).includes(close));
    },
  );
}

visit("right to left, in Arabic", { path: "rtl.html" }, async ({ open, ask, answered, reads, shot }) => {
  await open();
  await ask("oak, rich");
  await answered(1);
  await reads();
  await shot("rtl");
});

visit(
  "a phone shows it full screen, modal, and leaves the page as it was",
  phone,
  async ({ page, open, ask, answered, dialog, reads, shot }) => {
    await open();
    await shot("phone-first");
    assert.deepEqual(await dialog.boundingBox(), { x: 0, y: 0, width: 390, height: 844 });
    await ask("oak, rich");
    await answered(1);
    await reads();
    await shot("phone-rich");
    await page.getByRole("button", { name: "Close chat" }).click();
    assert.equal(await page.evaluate(() => document.documentElement.style.overflow), "");
  },
);

visit(
  "before the config has come it looks as the snippet says",
  {
    page: html(
      snippet(
        'data-color="#FFD400" data-on="#16161A" data-theme="dark" data-size="large" data-position="left" data-offset-x="48" data-offset-y="64"',
      ),
    ),
    before: page => page.route("**/config", () => undefined),
  },
  async ({ launcher, part }) => {
    await launcher.waitFor();
    const { x, y, width, height } = await launcher.boundingBox();
    assert.deepEqual([x, 800 - y - height, width], [48, 64, 64]);
    assert.deepEqual(await launcher.evaluate(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]), [
      "rgb(255, 212, 0)",
      "rgb(22, 22, 26)",
    ]);
    assert.equal(await part(".w").evaluate(e => getComputedStyle(e).colorScheme), "dark");
    // Nor is its focus without a ring.
    await launcher.focus();
    await launcher.press("Shift");
    assert.deepEqual(
      await launcher.evaluate(e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineColor]),
      ["solid", "rgb(242, 242, 239)"],
    );
  },
);

visit("light, dark and auto", { colorScheme: "dark" }, async ({ page, launcher, part }) => {
  await launcher.waitFor();
  const scheme = () => part(".w").evaluate(e => getComputedStyle(e).colorScheme);
  assert.equal(await scheme(), "dark");
  await page.emulateMedia({ colorScheme: "light" });
  assert.equal(await scheme(), "light");
  await part(".w").evaluate(e => {
    e.dataset.theme = "dark";
  });
  assert.equal(await scheme(), "dark");
  await page.emulateMedia({ colorScheme: "dark" });
  await part(".w").evaluate(e => {
    e.dataset.theme = "light";
  });
  assert.equal(await scheme(), "light");
});

visit(
  "title, line, field, notice, size and typeface are the client's",
  {
    config: {
      look: {
        color: "#1F5D4C",
        on: "#FFFFFF",
        atLight: "#1F5D4C",
        atDark: "#86A8A0",
        size: "compact",
        font: "inherit",
      },
      texts: {
        title: "Fern",
        subtitle: "Mondays to Fridays",
        placeholder: "What is it?",
        aiNotice: "Ask for Maya if you want a person.",
      },
    },
    page: html(`${snippet()}<style>body { font-family: Georgia }</style>`),
  },
  async ({ page, open, launcher, part }) => {
    await open();
    await page.getByText("Mondays to Fridays").waitFor();
    await page.getByPlaceholder("What is it?").waitFor();
    await page.getByText("It can make mistakes. Ask for Maya if you want a person.").waitFor();
    assert.equal((await launcher.boundingBox()).width, 48);
    assert.match(await part(".w").evaluate(e => getComputedStyle(e).fontFamily), /^Georgia/);
  },
);

visit(
  "without thumbs there are none",
  { config: { behavior: { feedback: false } } },
  async ({ page, open, ask, answered }) => {
    await open();
    await ask("Hello");
    await answered(1);
    await page.getByRole("button", { name: "Copy" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Helpful" }).count(), 0);
  },
);

visit(
  "without comments a thumb down asks nothing",
  { config: { behavior: { comments: false } } },
  async ({ page, open, ask, answered, inside }) => {
    await open();
    await ask("Hello");
    await answered(1);
    const down = page.getByRole("button", { name: "Not helpful" });
    await down.click();
    await inside(() => performance.getEntriesByType("resource").some(entry => entry.name.endsWith("/feedback")));
    assert.deepEqual(
      [await down.getAttribute("aria-pressed"), await page.getByLabel("What was missing?").isVisible()],
      ["true", false],
    );
  },
);

visit("right to left it is mirrored", { path: "rtl.html" }, async ({ open, ask, answered, part }) => {
  await open();
  const x = async css => (await part(css).last().boundingBox()).x;
  assert.ok((await x(".head .icon")) < (await x(".head h2")) && (await x(".head h2")) < (await x(".ava")));
  assert.ok((await x(".send")) < (await x("textarea")));
  assert.equal(
    await part(".card svg")
      .first()
      .evaluate(e => getComputedStyle(e).rotate),
    "180deg",
  );
  await ask("Hello");
  await answered(1);
  assert.ok((await x(".me")) < (await x(".answered .bot")));
});

visit(
  "inline it adds nothing to the page, and its menu opens inside",
  {
    page: html(
      `${snippet().replace(`data-widget="${id}"`, "")}<style>#box { width: 500px; height: 300px; margin-top: 200px }</style>`,
      `<div id="box"><chat-portal-widget data-widget="${id}" data-inline></chat-portal-widget></div>`,
    ),
  },
  async ({ page, field, ask, answered, part }) => {
    await field.waitFor();
    const height = () => page.evaluate(() => document.documentElement.scrollHeight);
    const before = await height();
    await ask("oak, rich");
    await answered(1);
    assert.equal(await height(), before);
    await page.getByRole("button", { name: "More" }).click();
    const [menu, panel] = [await part(".menu").boundingBox(), await part(".panel").boundingBox()];
    assert.ok(
      menu.x >= panel.x && menu.y >= panel.y && menu.x + menu.width <= panel.x + panel.width,
      JSON.stringify([menu, panel]),
    );
  },
);

for (const [what, style, face] of [
  ["chose no face", "", "system-ui, sans-serif"],
  ["chose one", "<style>html { font-family: Georgia, serif }</style>", "Georgia, serif"],
]) {
  visit(`on a page that ${what} it has ${face}`, { page: html(snippet("") + style) }, async ({ open, part }) => {
    await open();
    assert.equal(await part(".w").evaluate(e => getComputedStyle(e).fontFamily), face);
  });
}

visit(
  "a logo that would not be seen on the color lies on a plate",
  {
    config: { look: { color: "#1F5D4C", on: "#FFFFFF", logo: "/sample/mark.svg", logoPlate: "#FFFFFF" } },
    before: page =>
      page.route("**/mark.svg", route =>
        route.fulfill({
          contentType: "image/svg+xml",
          body: "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='30'><rect width='90' height='30'/></svg>",
        }),
      ),
  },
  async ({ open, part }) => {
    await open();
    assert.equal(await part(".hello img").evaluate(e => getComputedStyle(e).backgroundColor), "rgb(255, 255, 255)");
  },
);

visit(
  "over a whole phone the tabulator goes in a circle, both ways",
  phone,
  async ({ page, open, focuses, inside }) => {
    await open();
    await inside(() => document.querySelector("chat-portal-widget").shadowRoot.activeElement);
    await page.getByRole("button", { name: "More" }).focus();
    await page.keyboard.press("Shift+Tab");
    const last = await page.evaluate(
      () => document.querySelector("chat-portal-widget").shadowRoot.activeElement.outerHTML,
    );
    await page.keyboard.press("Tab");
    await focuses("[aria-label='More']");
    await page.keyboard.press("Shift+Tab");
    assert.equal(
      await page.evaluate(() => document.querySelector("chat-portal-widget").shadowRoot.activeElement.outerHTML),
      last,
    );
  },
);

visit("on a phone the field shows that it has the focus", phone, async ({ open, field, focuses, part }) => {
  await open();
  await field.tap();
  await focuses("textarea");
  const of = property => part(".field").evaluate((e, name) => getComputedStyle(e)[name], property);
  assert.deepEqual([await of("outlineStyle"), await of("outlineWidth")], ["solid", "2px"]);
});

for (const [scheme, thumb] of [
  ["dark", "rgb(113, 116, 125)"],
  ["light", "rgb(142, 140, 132)"],
])
  visit(
    `its scrollbars are ${scheme} where it is: the conversation's and those in an answer`,
    { colorScheme: scheme },
    async ({ open, ask, part }) => {
      await open();
      await ask("oak");
      await part(".answered table").waitFor();
      for (const scroller of [".scroll", ".answered .bot", "textarea"])
        assert.equal(
          await part(scroller)
            .first()
            .evaluate(e => getComputedStyle(e).scrollbarColor),
          `${thumb} rgba(0, 0, 0, 0)`,
        );
    },
  );
