// What it says of itself.
import assert from "node:assert/strict";
import { portal, state, visit } from "../visit.mjs";

visit(
  "the AI says that it is one, links the privacy notice, and labels each message",
  {},
  async ({ page, open, ask, answered, part }) => {
    await open();
    await page.getByText("You’re chatting with Alder & Finch’s AI assistant, not a person.").waitFor();
    assert.equal(
      await page.getByRole("link", { name: "Privacy policy" }).getAttribute("href"),
      "https://alderfinch.example/privacy",
    );
    await ask("Hello");
    await answered(1);
    assert.ok(await page.getByText("You’re chatting with Alder & Finch’s AI assistant").isVisible());
    assert.equal(await part(".answered .bot").getAttribute("data-author"), "ai");
    assert.match(await part(".answered .bot").textContent(), /^AI: /);
    assert.ok(await part(".foot .fine").isVisible());
  },
);

visit(
  "no call goes to anybody but the portal",
  { config: { look: { avatar: "/sample/face.webp" } } },
  async ({ page, open, ask, answered }) => {
    const hosts = new Set();
    page.on("request", request => hosts.add(new URL(request.url()).origin));
    await open();
    await ask("oak, rich");
    await answered(1);
    assert.deepEqual([...hosts], [state.portal]);
  },
);

visit(
  "that an AI speaks stands on the first opening of a low window, above all suggestions",
  {
    viewport: { width: 1280, height: 480 },
    config: {
      texts: {
        title: "Fern",
        firstMessage: "Hello! What are you looking for?",
        suggestions: Array.from({ length: 6 }, (_, n) => `A question number ${n}?`),
      },
    },
  },
  async ({ page, open, part }) => {
    await open();
    const [notice, scroll, card] = [
      await part(".notice").boundingBox(),
      await part(".scroll").boundingBox(),
      await part(".card").boundingBox(),
    ];
    assert.ok(
      notice.y >= scroll.y && notice.y + notice.height <= Math.min(scroll.y + scroll.height, card.y),
      JSON.stringify([notice, scroll, card]),
    );
    const greeting = page.locator("chat-portal-widget [data-author=ai]", {
      has: page.getByRole("heading", { name: "Hello! What are you looking for?" }),
    });
    assert.match(await greeting.textContent(), /^AI: Hello!/);
  },
);
