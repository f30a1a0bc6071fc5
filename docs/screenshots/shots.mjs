// Uses the portal as people do and takes the README's pictures on the way: node shots.mjs CHROMIUM PORTAL SHOP PASSWORD-FILE
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [, , executablePath, portal, shop, passwordFile] = process.argv;
const widget = "0198c0de-0000-7000-8000-000000000001";
const owner = { email: "maya@alderfinch.example", password: readFileSync(passwordFile, "utf8").trim() };
const file = name => fileURLToPath(new URL(`${name}.png`, import.meta.url));

async function call(method, path, body, token) {
  const reply = await fetch(`${portal}/api/widgets/${widget}/${path}`, {
    method,
    headers: { "content-type": "application/json", origin: shop, ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  assert.ok(reply.ok, `${method} ${path}: ${reply.status} ${await reply.clone().text()}`);
  return reply.status === 204 ? null : reply.json();
}

// A morning's visitors, so that the pages have something to show.
async function visit(page, locale, ...questions) {
  const { token } = await call("POST", "sessions", { page, locale });
  for (const [message, feedback] of questions) {
    const { id } = await call("POST", "messages", { message, clientMessageId: randomUUID(), page }, token);
    if (feedback) {
      await call("PUT", `messages/${id}/feedback`, { value: feedback }, token);
    }
  }
}

const at = (path, title) => ({ url: `${shop}${path}`, title: `${title} · Alder & Finch` });
await visit(at("/", "Home"), "en", ["When will my order arrive?", "up"]);
await visit(at("/tables", "Tables"), "de", ["Which oil for the oak table?", "up"], ["And how often?"]);
await visit(at("/sofas", "Sofas"), "en", ["Do you have the Linden sofa in green?", "down"]);
await visit(at("/trade", "Trade"), "fr", ["Is there a trade price for hotels?"], ["Do you deliver to Lyon?", "up"]);
await visit(at("/sofas", "Sofas"), "en", ["Can I return a sofa?", "up"], ["Will you collect it from my home?"]);

const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  await shootShop();
  await shootPortal();
} finally {
  await browser.close();
}

async function shootShop() {
  const page = await (
    await browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2, reducedMotion: "reduce" })
  ).newPage();
  await page.goto(shop);
  await page.getByRole("button", { name: /chat/i }).first().click();
  const input = page.getByRole("textbox").last();
  for (const [question, answer] of [
    ["When will my order arrive?", /6 working days/],
    ["Do you sell lamps?", /not sure/],
  ]) {
    await input.fill(question);
    await input.press("Enter");
    await page.getByText(answer).last().waitFor();
  }

  await page.screenshot({ path: file("widget") });
}

async function shootPortal() {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    deviceScaleFactor: 2,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(portal);
  await page.screenshot({ path: file("sign-in") });
  await page.getByLabel(/e-?mail/i).fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(owner.password);
  await page.keyboard.press("Enter");
  await page
    .getByRole("link", { name: /^dashboard/i })
    .first()
    .waitFor();
  await page.screenshot({ path: file("dashboard") });

  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: file("dashboard-dark") });
  await page.emulateMedia({ colorScheme: "light" });

  await page
    .getByRole("link", { name: /^conversations/i })
    .first()
    .click();
  await page.getByText("Do you have the Linden sofa in green?").first().waitFor();
  await page.getByText("Can I return a sofa?").first().click();
  await page.getByText("Will you collect it from my home?").first().waitFor();
  await page.screenshot({ path: file("conversation") });

  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: file("conversation-phone") });
}
