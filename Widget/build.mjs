// Builds ../wwwroot-widget: panel and languages first (hashed, immutable), then the loader that knows their hash.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "terser";

const budget = { loader: 5 * 1024, opened: 15 * 1024 };
const out = "../wwwroot-widget";
const languages = readdirSync("src/languages").map(file => basename(file, ".ts")).sort();

// Names that only our own files know are short in the bundle, and the same in the loader, the panel and every language. What goes over
// the network, into the visitor's storage or to the page keeps its name.
const internal = /^(\$.*|again|api|ask|box|closedFor|conversation|element|emit|end|forget|history|inline|life|link|prepare|root|say|show|turns|unread)$/;
// A sentence's short name is part of what the portal publishes, so new sentences go to the end of the English file.
const sentences = [...readFileSync("src/languages/en.ts", "utf8").matchAll(/^ {2}(\$?)(\w+): "(.*)",$/gm)]
  .map(([, internal, name, english], at) => ({ name, key: internal ? letters(at) : name, internal, english }));
// That an AI speaks is said in our words, whatever a client would rather have.
const fixed = ["ai", "bot", "person", "fine"];
// These have settings of their own: texts.firstMessage and texts.placeholder.
const settings = ["hello", "placeholder"];
const names = Object.fromEntries(sentences.filter(s => s.internal).map(({ name, key }) => [`$${name}`, key]));

const minifiedCss = {
  name: "minified-css",
  setup(plugin) {
    plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target: "chrome111" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

clean();
const chunks = {};
for (const name of ["panel", ...languages]) chunks[name] = await bundle(name === "panel" ? "src/panel.ts" : `src/languages/${name}.ts`, "esm");
const hash = short(Object.values(chunks).map(chunk => chunk.code).join("\n"));
for (const [name, chunk] of Object.entries(chunks)) write(`chunks/${name}.${hash}.js`, chunk);

const loader = await bundle("src/loader.ts", "iife", { HASH: JSON.stringify(hash) });
const immutable = `widget.${short(loader.code)}.js`;
write("widget.js", loader);
copyFileSync(join(out, "widget.js"), join(out, immutable));

const chunk = name => `chunks/${name}.${hash}.js`;
const files = Object.fromEntries(["widget.js", immutable, ...Object.keys(chunks).map(chunk)].map(name => [name, facts(name)]));
const gzip = { loader: files["widget.js"].gzip, panel: files[chunk("panel")].gzip, largestLanguage: Math.max(...languages.map(code => files[chunk(code)].gzip)) };
gzip.opened = gzip.loader + gzip.panel + gzip.largestLanguage;
writeFileSync(join(out, "manifest.json"), `${JSON.stringify({
  loader: "widget.js", immutable, panel: chunk("panel"), languages: Object.fromEntries(languages.map(code => [code, chunk(code)])),
  strings: Object.fromEntries(sentences.filter(s => ![...fixed, ...settings].includes(s.name)).map(({ name, key, english }) => [name, { key, english }])), gzip, budget, files,
}, null, 2)}\n`);

console.log(`loader ${gzip.loader} bytes gzipped (at most ${budget.loader})`);
console.log(`panel ${gzip.panel} and the largest language ${gzip.largestLanguage}: all opened ${gzip.opened} (at most ${budget.opened})`);
if (gzip.loader > budget.loader || gzip.opened > budget.opened) {
  console.error("The widget is heavier than its budget.");
  process.exitCode = 1;
}

async function bundle(entry, format, define = {}) {
  const { outputFiles: [map, file], mangleCache } = await build({
    entryPoints: [entry], outfile: "bundle.js", bundle: true, minify: true, write: false, format, define, target: "es2022", charset: "utf8",
    mangleProps: internal, mangleCache: names, sourcemap: "external", legalComments: "none", plugins: [minifiedCss], logLevel: "warning",
  });
  Object.assign(names, mangleCache);
  // esbuild bundles, terser still squeezes a few hundred bytes more out of it.
  return minify(file.text, {
    module: format === "esm", toplevel: true, ecma: 2022, compress: { passes: 3, unsafe: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true, keep_fargs: false }, format: { comments: false },
    sourceMap: { content: map.text },
  });
}

function write(name, { code, map }) {
  writeFileSync(join(out, name), code);
  // Nothing in the code points to its map: visitors never load it, and whoever debugs adds it by hand.
  writeFileSync(join(out, `${name}.map`), map);
}

function facts(name) {
  const content = readFileSync(join(out, name));
  return { bytes: content.length, gzip: gzipSync(content, { level: 9 }).length, integrity: `sha384-${createHash("sha384").update(content).digest("base64")}` };
}

function letters(at) {
  const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return at < alphabet.length ? alphabet[at] : `${letters(Math.floor(at / alphabet.length) - 1)}${alphabet[at % alphabet.length]}`;
}

function short(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}

function clean() {
  mkdirSync(join(out, "chunks"), { recursive: true });
  for (const file of readdirSync(out)) if (/^widget\..*js(\.map)?$/.test(file)) rmSync(join(out, file));
  for (const file of readdirSync(join(out, "chunks"))) rmSync(join(out, "chunks", file));
}
