import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

// What `npm run build` left.
const out = "../wwwroot-widget";
const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
const scripts = [...readdirSync(out), ...readdirSync(join(out, "chunks")).map(file => join("chunks", file))].filter(
  file => file.endsWith(".js"),
);

test("nothing in the bundle leads to its source maps, and they lie beside it", () => {
  for (const file of scripts) assert.doesNotMatch(readFileSync(join(out, file), "utf8"), /sourceMappingURL/, file);
  for (const file of [manifest.loader, manifest.panel, manifest.answers])
    assert.ok(JSON.parse(readFileSync(join(out, `${file}.map`), "utf8")).sources.length > 0, file);
});

test("the manifest knows every file with its weights and its hash, and its compressed twins lie beside it", () => {
  assert.deepEqual(Object.keys(manifest.files).sort(), scripts.sort());
  for (const file of scripts) {
    const [content, br, gz] = ["", ".br", ".gz"].map(ending => readFileSync(join(out, `${file}${ending}`))) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    const { bytes, brotli, gzip, integrity } = manifest.files[file];
    assert.deepEqual(
      [bytes, brotli, gzip, integrity],
      [content.length, br.length, gz.length, `sha384-${createHash("sha384").update(content).digest("base64")}`],
      file,
    );
    assert.deepEqual([brotliDecompressSync(br), gunzipSync(gz)], [content, content], file);
  }
  assert.equal(readFileSync(join(out, manifest.immutable), "utf8"), readFileSync(join(out, manifest.loader), "utf8"));
});

test("every sentence has its place in every language", async () => {
  for (const [language, file] of Object.entries<string>(manifest.languages)) {
    const { default: sentences } = await import(
      `data:text/javascript,${encodeURIComponent(readFileSync(join(out, file), "utf8"))}`
    );
    for (const [name, { key, english }] of Object.entries<{ key: string; english: string }>(manifest.strings)) {
      assert.ok(sentences[key], `${language}: ${name}`);
      if (language === "en") assert.equal(sentences[key], english);
    }
  }
});

test("the loader says in its first line that all of it runs at once, so that a browser compiles it beside the page", () => {
  assert.match(readFileSync(join(out, manifest.loader), "utf8"), /^\/\/# allFunctionsCalledOnLoad\n/);
});

test("what reads and draws answers is not part of what an empty chat loads", () => {
  const [panel, answers] = [manifest.panel, manifest.answers].map(file => readFileSync(join(out, file), "utf8")) as [
    string,
    string,
  ];
  assert.match(answers, /thetasym[^]*blockquote/);
  assert.doesNotMatch(panel, /thetasym/);
  assert.equal(
    manifest.brotli.opened,
    manifest.brotli.loader + manifest.brotli.panel + manifest.brotli.largestLanguage,
  );
});

test("names that only our own files know are short, and no others", () => {
  for (const file of scripts)
    assert.doesNotMatch(readFileSync(join(out, file), "utf8"), /\.[_$][a-z]\w+|\b_[a-z]\w*:/, file);
  const loader = readFileSync(join(out, manifest.loader), "utf8");
  for (const name of [
    "ChatPortal",
    "open",
    "close",
    "toggle",
    "send",
    "reset",
    "setPage",
    "hide",
    "show",
    "on",
    "off",
    "push",
    "destroy",
    "code",
    "look",
    "texts",
  ])
    assert.match(loader, new RegExp(`\\b${name}\\b`), name);
});

test("it keeps its budget", () => {
  assert.ok(
    manifest.brotli.loader <= manifest.budget.loader && manifest.brotli.opened <= manifest.budget.opened,
    JSON.stringify(manifest.brotli),
  );
});
