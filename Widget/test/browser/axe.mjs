// What axe finds in every state, in light and dark, in forced colors, inline, on a phone and from right to left.
import { html, id, phone, snippet, state, visit } from "../visit.mjs";

const inline = html(
  `${snippet().replace(`data-widget="${id}"`, "")}<style>#box { width: 500px; height: 600px }</style>`,
  `<div id="box"><chat-portal-widget data-widget="${id}" data-inline></chat-portal-widget></div>`,
);

for (const [scheme, forcedColors] of [
  ["light", "none"],
  ["dark", "none"],
  ["light", "active"],
]) {
  const colors = `${scheme}${forcedColors === "active" ? ", forced colors" : ""}`;
  const look = { colorScheme: scheme, forcedColors };

  visit(
    `axe finds nothing in any state (${colors})`,
    { ...look, page: html(snippet()) },
    async ({ page, launcher, open, ask, answered, reads, shot, part }) => {
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
      await page.getByRole("button", { name: "Delete my data" }).click();
      await reads();
      await page.getByRole("button", { name: "Cancel" }).click();
      state.failNext = 1;
      await ask("Hello");
      await page.getByText("No reply").waitFor();
      await reads();
      await ask("stream it");
      await part(".streaming .bot").waitFor();
      await reads();
      await page.context().setOffline(true);
      await page.getByText("You’re offline").waitFor();
      await reads();
    },
  );

  visit(
    `axe finds nothing in what seldom happens (${colors})`,
    { ...look, page: html(snippet()) },
    async ({ page, launcher, open, ask, field, reads, part, answered }) => {
      await open();
      await field.fill("x".repeat(4001));
      await page.getByText("Messages can be up to 4000 characters.").waitFor();
      await reads();
      await ask("stream it");
      await part(".streaming .bot").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText("Stopped").waitFor();
      await reads();
      await ask("wait");
      await page.keyboard.press("Escape");
      await part(".unread", { hasText: "1" }).waitFor();
      await reads();
      await launcher.click();
      await answered(1);
      state.refuse = "rate_limited";
      await ask("Hello");
      await page.getByText("Try again in 20 seconds").waitFor();
      await reads();
      state.refuse = "widget_off";
      await ask("Hello");
      await page.getByText("This chat is currently unavailable").last().waitFor();
      await reads();
    },
  );

  visit(`axe finds nothing inline (${colors})`, { ...look, page: inline }, async ({ field, ask, answered, reads }) => {
    await field.waitFor();
    await reads();
    await ask("oak, rich");
    await answered(1);
    await reads();
  });

  visit(
    `axe finds nothing where the visitor has to agree (${colors})`,
    { ...look, config: { behavior: { consent: true, sensitiveHint: true } }, page: html(snippet()) },
    async ({ page, launcher, reads }) => {
      await launcher.click();
      await page.getByRole("button", { name: "Agree and continue" }).waitFor();
      await reads();
    },
  );

  if (colors === "light") continue;
  visit(
    `axe finds nothing in Arabic (${colors})`,
    { ...look, path: "rtl.html" },
    async ({ open, ask, answered, reads }) => {
      await open();
      await ask("oak, rich");
      await answered(1);
      await reads();
    },
  );

  visit(`axe finds nothing on a phone (${colors})`, { ...phone, ...look }, async ({ open, ask, answered, reads }) => {
    await open();
    await reads();
    await ask("oak, rich");
    await answered(1);
    await reads();
  });
}
