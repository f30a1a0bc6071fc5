import { definition, outline, type Block } from "./blocks.ts";
import { inline, nameOf, plain } from "./inline.ts";
import type { Made, Words } from "./pieces.ts";
import { cells } from "./tables.ts";

const longest = 64_000;
const mostCells = 20_000;

/**
 * Parses an answer's Markdown, as CommonMark and GFM define it. Unknown syntax stays text; there is no HTML. `base`: the base of relative
 * links.
 */
export function parse(markdown: string, base?: string): Made[] {
  return createReader(base)(markdown);
}

/** Parses growing text: paragraphs that were parsed in the last round are reused. */
export function createReader(base?: string): (markdown: string) => Made[] {
  let known = new Map<string, Words>();
  return markdown => {
    const top = outline(lines(markdown.slice(0, longest).replace(/\n$/, "")));
    const named = new Map<string, string>();
    const [before, now] = [known, new Map<string, Words>()];
    define(top, named);
    known = now;
    return draw(top, text => {
      const words = (!named.size && before.get(text)) || inline(text, { base, named });
      if (!named.size) now.set(text, words);
      return words;
    });
  };
}

/**
 * How much of a growing answer cannot change anymore, whatever follows: up to the beginning of its last block, as far as its lines are
 * complete. This part need not be parsed again.
 */
export function settled(markdown: string): number {
  const whole = lines(markdown).slice(0, -1);
  const last = outline(whole).at(-1)?.from ?? 0;
  return whole.slice(0, last).reduce((sum, line) => sum + line.length + 1, 0);
}

function lines(markdown: string): string[] {
  return markdown.replace(/\r\n?/g, "\n").split("\n");
}

/** Removes link reference definitions from the paragraphs that contain them. */
function define(blocks: readonly Block[], named: Map<string, string>): void {
  for (const { kind, lines, children } of blocks) {
    define(children, named);
    for (let found; kind === "p" && (found = definition.exec(lines[0] ?? "")); lines.shift()) {
      const name = nameOf(found[1]!);
      if (!named.has(name)) named.set(name, plain(found[2] ?? found[3]!));
    }
  }
}

function draw(blocks: readonly Block[], words: (text: string) => Words): Made[] {
  const element = (tag: string, children: Made["children"], attributes: Made["attributes"] = {}): Made => ({
    tag,
    attributes,
    children,
  });
  let cellsLeft = mostCells;

  return blocks.flatMap(each);

  function each({ kind, lines, children, mark }: Block): Made | [] {
    const text = lines.join("\n");
    // Spaces at the end of a line count only in code that runs over it.
    if (kind === "p") return lines.length ? element("p", words(task(text.trimEnd()))) : [];
    // The answer must not disturb the page's own outline: its headings start at the third level, and have two levels.
    if (kind === "heading") return element(`h${Math.min(mark.length + 2, 4)}`, words(text.trimEnd()));
    if (kind === "hr") return element("hr", []);
    if (kind === "fence") return code(text);
    if (kind === "code") return code(trimmed(lines).join("\n"));
    if (kind === "table") return table(lines);
    const inside = draw(children, words);
    if (kind !== "list") return element(kind, inside);
    const start = parseInt(mark, 10);
    return start >= 0 ? element("ol", inside, { start }) : element("ul", inside);
  }

  function code(text: string): Made {
    return element("pre", text ? [text] : []);
  }

  function table([head, rule, ...rows]: readonly string[]): Made {
    const aligned = cells(rule!).map(cell =>
      cell.endsWith(":") ? (cell[0] === ":" ? "center" : "right") : cell[0] === ":" ? "left" : "",
    );
    // Missing cells of a row are added, but not so many that a short text makes a huge table.
    const row = (tag: string, own: readonly string[]) =>
      element(
        "tr",
        (own.length < aligned.length && (cellsLeft -= aligned.length) < 0 ? own : aligned).map((_, n) =>
          element(tag, words(own[n] ?? ""), aligned[n] ? { align: aligned[n] } : {}),
        ),
      );
    return element("div", [element("table", [row("th", cells(head!)), ...rows.map(line => row("td", cells(line)))])], {
      tabindex: 0,
    });
  }
}

/** `[ ]` and `[x]` before a task. */
function task(text: string): string {
  return text.replace(/^\[([ x])\](?=\s)/i, (_, done: string) => (done === " " ? "☐" : "☑"));
}

/** Empty lines at the end of indented code are not part of it. */
function trimmed(lines: readonly string[]): readonly string[] {
  let end = lines.length;
  while (end && !lines[end - 1]!.trim()) end--;
  return lines.slice(0, end);
}
