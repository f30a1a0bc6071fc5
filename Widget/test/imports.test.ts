import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const source = "src";
const files = (readdirSync(source, { recursive: true }) as string[]).filter(
  file => file.endsWith(".ts") && !file.endsWith(".d.ts"),
);
/** What a file names of others: types too, since a reader follows them all the same. */
const imports = new Map(
  files.map(file => {
    const named = [
      ...readFileSync(join(source, file), "utf8").matchAll(/(?:\bfrom|\bimport\(?)\s*"(\.[^"]+\.ts)"/g),
    ].map(([, path]) => join(dirname(file), path!));
    return [file, [...new Set(named)]] as const;
  }),
);
const room = (file: string) => (file.includes("/") ? file.split("/")[0]! : "");

test("every import leads to a file of the widget", () => {
  for (const [file, named] of imports)
    for (const other of named) assert.ok(imports.has(other), `${file} imports ${other}`);
  assert.ok([...imports.values()].flat().length > files.length);
});

test("no file imports itself, by whatever detour", () => {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    assert.ok(!way.includes(file), [...way.slice(way.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    for (const other of imports.get(file)!) visit(other, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

test("each folder knows only those that it may know", () => {
  const mayKnow: Record<string, readonly string[]> = {
    "": [],
    languages: [],
    chat: [],
    launcher: ["chat"],
    answer: ["launcher"],
    panel: ["launcher", "chat", "answer"],
  };
  for (const [file, named] of imports) {
    for (const other of named) {
      const [from, to] = [room(file), room(other)];
      // Everybody may use what lies beside the folders; of that only the entry uses a folder.
      assert.ok(
        from === to || to === "" || (from === "" && file === "loader.ts") || mayKnow[from]!.includes(to),
        `${file} imports ${other}`,
      );
    }
  }
});
