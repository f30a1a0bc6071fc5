import { isTable } from "./tables.ts";

type Kind = "p" | "heading" | "hr" | "fence" | "code" | "table" | "blockquote" | "list" | "li";
/** A block whose words have not been read yet. */
export type Block = {
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

const deepest = 10;

const heading = /^(#{1,6})(?=[ \t]|$)/;
const fence = /^(?:(`{3,})[^`]*|(~{3,}).*)$/;
const underline = /^(=+|-+)[ \t]*$/;
const rule = /^([-*_])([ \t]*\1){2,}[ \t]*$/;
const bullet = /^([-*+•]|(\d{1,9})[.)])(?=[ \t]|$)/;
/** `[name]: address "title"`: where the links of that name lead. */
export const definition =
  /^\[((?:[^[\]\\]|\\.){1,300})\]:[ \t]*(?:<([^<>]{0,2000})>|([^\s<]\S{0,2000}))(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$/;

/** The blocks of an answer: a stack of quotes and items that are open, and below them at most one block that takes lines. */
export function outline(source: readonly string[]): Block[] {
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
      return (leaf = made);
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
      if (blank || (spaces > 3 && (leaf?.kind === "p" || within === "table"))) break;
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
        add("heading", 0, title[1]).lines.push(
          text
            .slice(title[1]!.length)
            .trim()
            .replace(/(^|[ \t])#+$/, "")
            .trim(),
        );
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
      } else if (
        start &&
        goesDeeper &&
        (within !== "p" || (text.slice(start[0].length).trim() && Number(start[2] ?? 1) === 1))
      ) {
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
    if (list?.kind !== "list" || list.mark.at(-1) !== mark) children.push((list = block("list", n, 0, marker)));
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
      if (rest[at] === "\t") spaces += 4 - ((column + spaces) % 4);
      else if (rest[at] === " ") spaces++;
      else return spaces;
    }
  }

  /** Takes so many columns of white space away, if there are so many; of a tab that is wider, spaces remain. */
  function skip(columns: number): string {
    while (columns > 0 && /^[ \t]/.test(rest)) {
      const width = rest[0] === "\t" ? 4 - (column % 4) : 1;
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

function closes(text: string, fence: string): boolean {
  return text.startsWith(fence) && text === fence[0]!.repeat(text.length);
}
