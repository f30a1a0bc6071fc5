// Debian's Firefox, over WebDriver BiDi.
import puppeteer from "puppeteer-core";

export async function startFirefox({ dark = false } = {}) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
    defaultViewport: null,
    // On a machine that is busy a first start takes more than the half minute that is allowed by default.
    timeout: 300_000,
    protocolTimeout: 300_000,
    extraPrefsFirefox: { "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1 },
  });
  const page = await browser.newPage();
  return {
    name: `Firefox ${(await browser.version()).split("/").at(-1)}`,
    goto: url => page.goto(url),
    run: (script, ...given) => page.evaluate(typeof script === "string" ? (0, eval)(`(${script})`) : script, ...given),
    click: (x, y) => page.mouse.click(x, y),
    type: text => page.keyboard.type(text),
    press: async (key, shift) => {
      if (shift) await page.keyboard.down("Shift");
      await page.keyboard.press(key);
      if (shift) await page.keyboard.up("Shift");
    },
    size: (width, height) => page.setViewport({ width, height }),
    shot: async path => void (await page.screenshot({ path })),
    close: () => browser.close(),
  };
}
