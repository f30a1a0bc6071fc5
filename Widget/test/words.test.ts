import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fill, languages, pickLanguage } from "../src/strings.ts";
import ar from "../src/languages/ar.ts";
import de from "../src/languages/de.ts";
import en from "../src/languages/en.ts";
import es from "../src/languages/es.ts";
import fr from "../src/languages/fr.ts";
import it from "../src/languages/it.ts";
import ja from "../src/languages/ja.ts";
import nl from "../src/languages/nl.ts";
import pl from "../src/languages/pl.ts";
import pt from "../src/languages/pt.ts";
import tr from "../src/languages/tr.ts";
import zh from "../src/languages/zh.ts";

const gaps = (sentence: string) => (sentence.match(/\{\w+\}/g) ?? []).sort().join();

test("every language says everything, with the same gaps", () => {
  for (const strings of [ar, de, es, fr, it, ja, nl, pl, pt, tr, zh]) {
    assert.deepEqual(Object.keys(strings), Object.keys(en));
    for (const [key, sentence] of Object.entries(strings))
      assert.equal(gaps(sentence), gaps(en[key as keyof typeof en]), `${key}: ${sentence}`);
  }
});

test("the launcher knows every language there is", () => {
  assert.deepEqual(
    readdirSync("src/languages")
      .map(file => file.slice(0, 2))
      .sort(),
    [...languages].sort(),
  );
});

test("the page's language is spoken, English where there is no other", () => {
  assert.equal(pickLanguage(languages, null, "de-AT", "fr"), "de");
  assert.equal(pickLanguage(languages, "", "pt_BR"), "pt");
  assert.equal(pickLanguage(languages, "sv", ""), "en");
});

test("a gap without a value stays empty", () => {
  assert.equal(fill("In {seconds} s, {nobody}", { seconds: 3 }), "In 3 s, ");
});
