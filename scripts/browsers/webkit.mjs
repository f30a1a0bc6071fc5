// WebKitGTK's MiniBrowser, over the W3C's WebDriver protocol: Safari's engine without Safari. It needs a screen, so one is made for it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;
const keys = { Tab: "\uE004", Enter: "\uE007", Escape: "\uE00C", Shift: "\uE008" };

export async function startWebKit({ dark = false } = {}) {
  const home = mkdtempSync(join(tmpdir(), "webkit."));
  const screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const display = await new Promise((resolve, reject) => {
    screen.on("error", reject);
    screen.stdio[3].once("data", data => resolve(`:${String(data).trim()}`));
  });
  const port = await freePort();
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], {
    stdio: "ignore",
    env: {
      ...process.env,
      DISPLAY: display,
      HOME: home,
      XDG_RUNTIME_DIR: home,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
    },
  });
  const end = () => {
    driver.kill();
    screen.kill();
    rmSync(home, { recursive: true, force: true });
  };

  try {
    const call = async (method, path, body) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
      const { value } = await response.json();
      if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
      return value;
    };
    await answering(() => call("GET", "/status"));
    const { sessionId, capabilities } = await call("POST", "/session", {
      capabilities: {
        alwaysMatch: {
          browserName: "MiniBrowser",
          "webkitgtk:browserOptions": { binary, args: ["--automation", ...(dark ? ["--dark-mode"] : [])] },
        },
      },
    });
    const at = (method, path, body) => call(method, `/session/${sessionId}${path}`, body);
    const run = (script, ...given) =>
      at("POST", "/execute/async", {
        script:
          "const done = arguments[arguments.length - 1]; Promise.resolve((" +
          script +
          ")(...Array.from(arguments).slice(0, -1))).then(done)",
        args: given,
      });
    const perform = actions => at("POST", "/actions", { actions });
    const strokes = values => perform([{ type: "key", id: "keys", actions: values }]);
    const tap = value => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ];
    return {
      name: `WebKit ${capabilities.browserVersion}`,
      goto: url => at("POST", "/url", { url }),
      run: (script, ...given) => run(`${script}`, ...given),
      click: (x, y) =>
        perform([
          {
            type: "pointer",
            id: "mouse",
            actions: [
              { type: "pointerMove", x: Math.round(x), y: Math.round(y), duration: 0, origin: "viewport" },
              { type: "pointerDown", button: 0 },
              { type: "pointerUp", button: 0 },
            ],
          },
        ]),
      type: text => strokes([...text].flatMap(tap)),
      press: (key, shift) =>
        strokes(
          shift
            ? [{ type: "keyDown", value: keys.Shift }, ...tap(keys[key]), { type: "keyUp", value: keys.Shift }]
            : tap(keys[key]),
        ),
      size: async (width, height) => {
        // Without a window manager the window under the pointer has the focus, and the pointer is in the middle of the screen.
        const place = { x: Math.round(700 - width / 2), y: 0 };
        // The rectangle is the window's; its bars are the rest.
        await at("POST", "/window/rect", { ...place, width, height });
        const [w, h] = await run("() => [innerWidth, innerHeight]");
        await at("POST", "/window/rect", { ...place, width: width + (width - w), height: height + (height - h) });
      },
      shot: async path => writeFileSync(path, Buffer.from(await at("GET", "/screenshot"), "base64")),
      close: async () => {
        try {
          await at("DELETE", "");
        } finally {
          end();
        }
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

function freePort() {
  const server = createServer();
  return new Promise(resolve =>
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    }),
  );
}

async function answering(ask) {
  for (const deadline = Date.now() + 60_000; ;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
}
