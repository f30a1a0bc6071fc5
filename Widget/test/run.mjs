// Node 20 does not read TypeScript: bundle each test, then hand them to node's own runner.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const out = "node_modules/.cache/tests";
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const tests = readdirSync("test").filter(file => file.endsWith(".test.ts"));
await build({
  entryPoints: tests.map(file => `test/${file}`),
  outdir: out,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  sourcemap: "inline",
  outExtension: { ".js": ".mjs" },
});
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--test", ...tests.map(file => `${out}/${file.replace(".ts", ".mjs")}`)],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
