import { inline, nameOf, plain, type Made, type Words } from "./inline.ts";

const longest = 64_000;
const deepest = 10;
const mostCells = 20_000;

type Kind = "p" | "heading" | "hr" | "fence" | "code" | "table" | "blockquote" | "list" | "li";
/** A block whose words have not been read yet. */
type Block = {
  readonly kind: Kind;
  /** The line it begins with. */
  readonly from: number;
  readonly lines: string[];
  readonly children: Block[];
  /** Of an item: the column its content stands in. Of code: the spaces before its fence. */
  readonly indent: number;
  /** Of a list its kind of bullet, of code the fence that ends it, of a heading its level. */
  readonly mark: string;
};

const heading = /^(#{1,6})(?=[ \t]|$)/;
const fence = /^(?:(`{3,})[^`]*|(~{3,}).*)$/;
const underline = /^(=+|-+)[ \t]*$/;
const rule = /^([-*_])([ \t]*\1){2,}[ \t]*$/;
const bullet = /^([-*+•]|(\d{1,9})[.)])(?=[ \t]|$)/;
const divider = /^\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const definition = /^\[((?:[^[\]\\]|\\.){1,300})\]:[ \t]*(?:<([^<>]{0,2000})>|([^\s<]\S{0,2000}))(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$/;

/**
 * Makes an answer of its Markdown, as CommonMark and GFM read it. Whatever it does not know stays text; there is no HTML in it. `base`: where
 * links begin that are relative.
 */
export function parse(markdown: string, base?: string): Made[] {
  return createReader(base)(markdown);
}

/** Reads what grows: words that have been read in the last round are not read again. */
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
 * Up to where a growing answer stays as it is, whatever follows: where its last block begins, as far as its lines are complete. What is
 * before need not be read again.
 */
export function settled(markdown: string): number {
  const whole = lines(markdown).slice(0, -1);
  const last = outline(whole).at(-1)?.from ?? 0;
  return whole.slice(0, last).reduce((sum, line) => sum + line.length + 1, 0);
}

function lines(markdown: string): string[] {
  return markdown.replace(/\r\n?/g, "\n").split("\n");
}

/** The blocks of an answer: a stack of quotes and items that are open, and below them at most one block that takes lines. */
function outline(source: readonly string[]): Block[] {
  const root = block("blockquote", 0);
  const open = [root];
  let leaf: Block | null = null;
  // What is left of the line, and the column it stands in.
  let rest = "";
  let column = 0;

  source.forEach((line, n) => {
    [rest, column] = [line, 0];
    let depth = 1;
    while (depth < open.length && goesOn(open[depth]!)) depth++;
    // Blocks that the line does not go on with end, unless it goes on with their last sentence.
    const end = () => {
      if (open.length > depth) [open.length, leaf] = [depth, null];
    };
    const add = (kind: Kind, indent = 0, mark = "", from = n): Block => {
      end();
      const made = block(kind, from, indent, mark);
      open.at(-1)!.children.push(made);
      return leaf = made;
    };
    const into = (box: Block): void => {
      open.push(box);
      depth++;
      leaf = null;
    };

    for (;;) {
      const isWhole = depth === open.length;
      const within: Kind | undefined = isWhole ? leaf?.kind : undefined;
      if (within === "fence") {
        if (indent() < 4 && closes(rest.trim(), leaf!.mark)) leaf = null;
        else leaf!.lines.push(skip(leaf!.indent));
        return;
      }
      const blank = !rest.trim();
      const spaces = indent();
      if (blank || spaces > 3 && (leaf?.kind === "p" || within === "table")) break;
      if (spaces > 3) {
        if (within !== "code") add("code");
        leaf!.lines.push(skip(4));
        return;
      }

      const text = rest.trimStart();
      const title = heading.exec(text);
      const fenced = fence.exec(text);
      const start = bullet.exec(text);
      const goesDeeper = open.length <= deepest;
      if (text[0] === ">" && goesDeeper) {
        end();
        const quote = block("blockquote", n);
        open.at(-1)!.children.push(quote);
        skip(spaces);
        take(1);
        skip(1);
        into(quote);
      } else if (title) {
        add("heading", 0, title[1]).lines.push(text.slice(title[1]!.length).trim().replace(/(^|[ \t])#+$/, "").trim());
        leaf = null;
        return;
      } else if (fenced) {
        add("fence", spaces, fenced[1] ?? fenced[2]);
        return;
      } else if (within === "p" && underline.test(text) && leaf!.lines.some(line => !definition.test(line))) {
        const { lines: words, from } = leaf!;
        open.at(-1)!.children.pop();
        add("heading", 0, text[0] === "=" ? "#" : "##", from).lines.push(...words);
        leaf = null;
        return;
      } else if (rule.test(text)) {
        add("hr");
        leaf = null;
        return;
      } else if (start && goesDeeper && (within !== "p" || text.slice(start[0].length).trim() && Number(start[2] ?? 1) === 1)) {
        end();
        into(item(start, spaces, n));
      } else if (within === "p" && isTable(leaf!.lines.at(-1)!, text)) {
        const head = leaf!.lines.pop()!;
        if (!leaf!.lines.length) open.at(-1)!.children.pop();
        add("table", 0, "", n - 1).lines.push(head, text);
        return;
      } else break;
    }

    const text = rest.trimStart();
    const isLazy = leaf?.kind === "p" && text;
    if (!isLazy) end();
    if (!text && leaf?.kind === "code") leaf.lines.push(skip(4));
    else if (!text) leaf = null;
    else if (leaf?.kind === "p" || leaf?.kind === "table") leaf.lines.push(text);
    else add("p").lines.push(text);
  });
  return root.children;

  function goesOn(box: Block): boolean {
    if (box.kind === "blockquote") {
      if (indent() > 3 || rest.trimStart()[0] !== ">") return false;
      skip(3);
      take(1);
      skip(1);
      return true;
    }
    const blank = !rest.trim();
    if (blank ? !box.children.length : indent() < box.indent) return false;
    skip(box.indent);
    return true;
  }

  /** An item of the list before it, or of a new one. What is indented as far as its first word is part of it. */
  function item([marker]: RegExpExecArray, spaces: number, n: number): Block {
    const { children } = open.at(-1)!;
    const mark = marker!.at(-1)!;
    let list = children.at(-1);
    if (list?.kind !== "list" || list.mark.at(-1) !== mark) children.push(list = block("list", n, 0, marker));
    skip(spaces);
    take(marker!.length);
    const after = indent();
    const inner = rest.trim() && after < 5 ? after : 1;
    skip(inner);
    const made = block("li", n, spaces + marker!.length + inner);
    list.children.push(made);
    return made;
  }

  function indent(): number {
    let spaces = 0;
    for (let at = 0; ; at++) {
      if (rest[at] === "\t") spaces += 4 - (column + spaces) % 4;
      else if (rest[at] === " ") spaces++;
      else return spaces;
    }
  }

  /** Takes so many columns of white space away, if there are so many; of a tab that is wider, spaces remain. */
  function skip(columns: number): string {
    while (columns > 0 && /^[ \t]/.test(rest)) {
      const width = rest[0] === "\t" ? 4 - column % 4 : 1;
      const used = Math.min(width, columns);
      rest = " ".repeat(width - used) + rest.slice(1);
      column += used;
      columns -= used;
    }
    return rest;
  }

  function take(letters: number): void {
    rest = rest.slice(letters);
    column += letters;
  }
}

function block(kind: Kind, from: number, indent = 0, mark = ""): Block {
  return { kind, from, lines: [], children: [], indent, mark };
}

/** Takes the addresses that links are named for out of the paragraphs that hold them. */
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
  const element = (tag: string, children: Made["children"], attributes: Made["attributes"] = {}): Made => ({ tag, attributes, children });
  let cellsLeft = mostCells;

  return blocks.flatMap(each);

  function each({ kind, lines, children, mark }: Block): Made | [] {
    const text = lines.join("\n");
    // Spaces at the end of a line count only in code that runs over it.
    if (kind === "p") return lines.length ? element("p", words(task(text.trimEnd()))) : [];
    // The page's own outline is not ours to disturb: an answer starts at the third level, and has two.
    if (kind === "heading") return element(`h${Math.min(mark.length + 2, 4)}`, words(text.trimEnd()));
    if (kind === "hr") return element("hr", []);
    if (kind === "fence") return code(text);
    if (kind === "code") return code(trimmed(lines).join("\n"));
    if (kind === "table") return table(lines);
    const inside = draw(children, words);
    const start = parseInt(mark, 10);
    return kind === "blockquote" ? element("blockquote", inside) : kind === "li" ? element("li", inside) : start >= 0 ? element("ol", inside, { start }) : element("ul", inside);
  }

  function code(text: string): Made {
    return element("pre", text ? [text] : []);
  }

  function table([head, rule, ...rows]: readonly string[]): Made {
    const aligned = cells(rule!).map(cell => (cell.endsWith(":") ? cell[0] === ":" ? "center" : "right" : cell[0] === ":" ? "left" : ""));
    // Cells that a row leaves out are there, but not so many that a few letters make a great table.
    const row = (tag: string, own: readonly string[]) => element("tr", (own.length < aligned.length && (cellsLeft -= aligned.length) < 0 ? own : aligned)
      .map((_, n) => element(tag, words(own[n] ?? ""), aligned[n] ? { align: aligned[n] } : {})));
    return element("div", [element("table", [row("th", cells(head!)), ...rows.map(line => row("td", cells(line)))])], { tabindex: 0 });
  }
}

/** `[ ]` and `[x]` before a task. */
function task(text: string): string {
  return text.replace(/^\[([ x])\](?=\s)/i, (_, done: string) => (done === " " ? "☐" : "☑"));
}

function isTable(head: string, line: string): boolean {
  return line.includes("|") && divider.test(line) && cells(head).length === cells(line).length;
}

function cells(line: string): string[] {
  // A bar with a backslash before it is text, also in code.
  return line.trim().replace(/\\\|/g, "\0").replace(/^\||\|$/g, "").split("|").map(cell => cell.trim().replace(/\0/g, "|"));
}

/** Empty lines at the end of indented code are not part of it. */
function trimmed(lines: readonly string[]): readonly string[] {
  let end = lines.length;
  while (end && !lines[end - 1]!.trim()) end--;
  return lines.slice(0, end);
}

function closes(text: string, fence: string): boolean {
  return text.startsWith(fence) && text === fence[0]!.repeat(text.length);
}
