// Builds ../wwwroot-widget: panel and languages first (hashed, immutable), then the loader that knows their names.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const budget = { loader: 5 * 1024, opened: 15 * 1024 };
const out = "../wwwroot-widget";

const minifiedCss = {
  name: "minified-css",
  setup(plugin) {
    plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target: "chrome100" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};
const common = {
  bundle: true, minify: true, target: "es2022", charset: "utf8", sourcemap: "external", metafile: true,
  legalComments: "none", plugins: [minifiedCss], logLevel: "warning",
};

clean();
const languages = readdirSync("src/languages").map(file => basename(file, ".ts")).sort();
const chunks = await build({
  ...common, format: "esm", outdir: join(out, "chunks"), entryNames: "[name].[hash]",
  entryPoints: ["src/panel.ts", ...languages.map(language => `src/languages/${language}.ts`)],
});
const names = Object.fromEntries(Object.entries(chunks.metafile.outputs)
  .filter(([, output]) => output.entryPoint)
  .map(([file, output]) => [basename(output.entryPoint, ".ts"), basename(file)]));

await build({
  ...common, format: "iife", entryPoints: ["src/loader.ts"], outfile: join(out, "widget.js"),
  define: { CHUNKS: JSON.stringify(names) },
});
const hash = createHash("sha256").update(readFileSync(join(out, "widget.js"))).digest("hex").slice(0, 10);
const immutable = `widget.${hash}.js`;
copyFileSync(join(out, "widget.js"), join(out, immutable));

const files = Object.fromEntries(["widget.js", immutable, ...Object.values(names).map(name => `chunks/${name}`)].map(name => [name, facts(name)]));
const loader = files["widget.js"].gzip;
const panel = files[`chunks/${names.panel}`].gzip;
const language = Math.max(...languages.map(code => files[`chunks/${names[code]}`].gzip));
const opened = loader + panel + language;
writeFileSync(join(out, "manifest.json"), JSON.stringify({
  loader: "widget.js", immutable, panel: `chunks/${names.panel}`,
  languages: Object.fromEntries(languages.map(code => [code, `chunks/${names[code]}`])),
  gzip: { loader, panel, largestLanguage: language, opened }, budget, files,
}, null, 2) + "\n");

console.log(`loader ${loader} bytes gzipped (at most ${budget.loader})`);
console.log(`panel ${panel}, largest language ${language}, all opened ${opened} (at most ${budget.opened})`);
if (loader > budget.loader || opened > budget.opened) {
  console.error("The widget is heavier than its budget.");
  process.exitCode = 1;
}

function facts(name) {
  const content = readFileSync(join(out, name));
  return {
    bytes: content.length,
    gzip: gzipSync(content, { level: 9 }).length,
    integrity: `sha384-${createHash("sha384").update(content).digest("base64")}`,
  };
}

function clean() {
  mkdirSync(join(out, "chunks"), { recursive: true });
  for (const file of readdirSync(out)) {
    if (/^widget\..*js(\.map)?$/.test(file)) rmSync(join(out, file));
  }
  for (const file of readdirSync(join(out, "chunks"))) rmSync(join(out, "chunks", file));
}
