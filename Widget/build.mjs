// Builds ../wwwroot-widget: panel, answers and languages first (hashed, immutable), then the loader that knows their hash.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "terser";

// Bytes transferred, with Brotli. The loader shares its 5,000 with the config, which the portal's own tests measure on a running portal.
const budget = { loader: 4510, opened: 19_500 };
const out = "../wwwroot-widget";

// A property whose name begins with `_` is used by our own files only, and one that begins with `$` is the key of a text: both are
// shortened in the bundle, in the same way in all files. What goes over the network, into the visitor's storage or to the page has no such
// name.
const own = /^[_$]/;
// The statement that an AI answers is always in our words.
const fixed = ["ai", "bot", "person", "fine"];
// These have settings of their own: texts.firstMessage and texts.placeholder.
const settings = ["hello", "placeholder"];

const languages = readdirSync("src/languages")
  .map(file => file.slice(0, 2))
  .sort();
// A language is a list: a text is found by its index in the English file, which the portal publishes. Add new ones at its end.
const sentences = Object.entries(await translation("en")).map(([name, english], at) => ({
  name: name.slice(1),
  key: `${at}`,
  english,
}));
let names = Object.fromEntries(sentences.map(({ name, key }) => [`$${name}`, key]));

const styles = {
  name: "styles",
  setup(plugin) {
    plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), {
        loader: "css",
        minify: true,
        target: "chrome111",
      });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

clean();
const chunks = {
  panel: await bundle("src/panel/panel.ts", "esm"),
  answers: await bundle("src/answer/render.ts", "esm"),
  placing: await bundle("src/launcher/placing.ts", "esm"),
};
for (const language of languages) chunks[language] = { code: await list(language) };
const hash = digest(
  Object.values(chunks)
    .map(chunk => chunk.code)
    .join("\n"),
);
for (const [name, chunk] of Object.entries(chunks)) write(`chunks/${name}.${hash}.js`, chunk);

const loader = await bundle("src/loader.ts", "iife", { HASH: JSON.stringify(hash) });
const immutable = `widget.${digest(loader.code)}.js`;
write("widget.js", loader);
for (const ending of ["", ".br", ".gz"])
  copyFileSync(join(out, `widget.js${ending}`), join(out, `${immutable}${ending}`));

const chunk = name => `chunks/${name}.${hash}.js`;
const files = Object.fromEntries(
  ["widget.js", immutable, ...Object.keys(chunks).map(chunk)].map(name => [name, facts(name)]),
);
const weigh = name => files[name].brotli;
const brotli = {
  loader: weigh("widget.js"),
  panel: weigh(chunk("panel")),
  answers: weigh(chunk("answers")),
  largestLanguage: Math.max(...languages.map(code => weigh(chunk(code)))),
};
brotli.opened = brotli.loader + brotli.panel + brotli.largestLanguage;
writeFileSync(
  join(out, "manifest.json"),
  `${JSON.stringify(
    {
      loader: "widget.js",
      immutable,
      panel: chunk("panel"),
      answers: chunk("answers"),
      languages: Object.fromEntries(languages.map(code => [code, chunk(code)])),
      strings: Object.fromEntries(
        sentences
          .filter(s => ![...fixed, ...settings].includes(s.name))
          .map(({ name, key, english }) => [name, { key, english }]),
      ),
      brotli,
      budget,
      files,
    },
    null,
    2,
  )}\n`,
);

console.log(`loader ${brotli.loader} bytes with Brotli (at most ${budget.loader})`);
console.log(
  `panel ${brotli.panel} and the largest language ${brotli.largestLanguage}: all opened ${brotli.opened} (at most ${budget.opened}); answers ${brotli.answers} more, with the first of them`,
);
if (brotli.loader > budget.loader || brotli.opened > budget.opened) {
  console.error("The widget is heavier than its budget.");
  process.exitCode = 1;
}

async function bundle(entry, format, define = {}) {
  const {
    outputFiles: [map, file],
    mangleCache,
  } = await build({
    entryPoints: [entry],
    outfile: "bundle.js",
    bundle: true,
    minify: true,
    write: false,
    format,
    define,
    target: "es2022",
    charset: "utf8",
    mangleProps: own,
    mangleCache: names,
    sourcemap: "external",
    legalComments: "none",
    plugins: [styles],
    tsconfigRaw: {},
    logLevel: "warning",
  });
  names = mangleCache;
  // esbuild bundles, terser saves a few hundred bytes more.
  return minify(file.text, {
    // Nearly all of the loader runs at once. With this hint Chromium compiles it in the background while it downloads, not function by
    // function on the main thread.
    module: format === "esm",
    toplevel: true,
    ecma: 2022,
    format: { comments: false, preamble: format === "iife" ? "//# allFunctionsCalledOnLoad" : "" },
    sourceMap: { content: map.text },
    compress: {
      passes: 3,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      hoist_funs: format === "iife",
      pure_getters: true,
      keep_fargs: false,
    },
  });
}

async function translation(language) {
  const { code } = await transform(readFileSync(`src/languages/${language}.ts`, "utf8"), {
    loader: "ts",
    format: "esm",
  });
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).default;
}

async function list(language) {
  const strings = await translation(language);
  return `export default${JSON.stringify(sentences.map(({ name }) => strings[`$${name}`]).join("|"))}.split("|")`;
}

function write(name, { code, map }) {
  const content = Buffer.from(code);
  writeFileSync(join(out, name), content);
  // Compressed at build time, for every host that serves such files beside the plain one.
  writeFileSync(join(out, `${name}.br`), brotli11(content));
  writeFileSync(join(out, `${name}.gz`), gzipSync(content, { level: 9 }));
  // The code does not refer to its source map: visitors never load it, and developers add it by hand.
  if (map) writeFileSync(join(out, `${name}.map`), map);
}

function brotli11(content) {
  return brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });
}

function facts(name) {
  const [content, br, gz] = ["", ".br", ".gz"].map(ending => readFileSync(join(out, `${name}${ending}`)));
  return {
    bytes: content.length,
    brotli: br.length,
    gzip: gz.length,
    integrity: `sha384-${createHash("sha384").update(content).digest("base64")}`,
  };
}

function digest(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}

function clean() {
  mkdirSync(join(out, "chunks"), { recursive: true });
  for (const file of readdirSync(out)) if (/^widget\..*js(\.\w+)?$/.test(file)) rmSync(join(out, file));
  for (const file of readdirSync(join(out, "chunks"))) rmSync(join(out, "chunks", file));
}
