import { createCursor, type Cursor } from "./cursor.ts";
import { isTable } from "./tables.ts";

type Kind = "p" | "heading" | "hr" | "fence" | "code" | "table" | "blockquote" | "list" | "li";
/** A block whose text has not been parsed yet. */
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

/** The blocks of an answer. */
export function outline(source: readonly string[]): Block[] {
  const root = block("blockquote", 0);
  const open: Open = { boxes: [root], leaf: null };
  source.forEach((line, n) => readLine(open, createCursor(line), n));
  return root.children;
}

/** A stack of quotes and items that are open, and below them at most one block that takes lines. */
type Open = { readonly boxes: Block[]; leaf: Block | null };

function readLine(open: Open, cursor: Cursor, n: number): void {
  const { boxes } = open;
  let depth = 1;
  while (depth < boxes.length && goesOn(boxes[depth]!, cursor)) depth++;
  while (!readVerbatim() && !beginLeaf() && beginBox());

  /** Blocks that the line does not go on with end, unless it goes on with their last sentence. */
  function end(): void {
    if (boxes.length > depth) [boxes.length, open.leaf] = [depth, null];
  }

  function add(kind: Kind, indent = 0, mark = "", from = n): Block {
    end();
    const made = block(kind, from, indent, mark);
    boxes.at(-1)!.children.push(made);
    return (open.leaf = made);
  }

  /** The kind of the block that the line may go on with. */
  function within(): Kind | undefined {
    return depth === boxes.length ? open.leaf?.kind : undefined;
  }

  /** Code, and whatever else needs no look at how the line begins. */
  function readVerbatim(): boolean {
    const { leaf } = open;
    const rest = cursor.rest();
    if (within() === "fence") {
      if (cursor.indent() < 4 && closes(rest.trim(), leaf!.mark)) open.leaf = null;
      else leaf!.lines.push(cursor.skip(leaf!.indent));
      return true;
    }
    const isFar = cursor.indent() > 3;
    if (!rest.trim() || (isFar && (leaf?.kind === "p" || within() === "table"))) {
      addWords();
      return true;
    }
    if (isFar) (within() === "code" ? leaf! : add("code")).lines.push(cursor.skip(4));
    return isFar;
  }

  /** A block that the line begins, and that is no box for others. */
  function beginLeaf(): boolean {
    const text = cursor.text();
    const { leaf } = open;
    const title = heading.exec(text);
    const fenced = fence.exec(text);
    if (fenced) add("fence", cursor.indent(), fenced[1] ?? fenced[2]);
    else if (title) add("heading", 0, title[1]).lines.push(titleOf(text.slice(title[1]!.length)));
    else if (within() === "p" && underline.test(text) && leaf!.lines.some(line => !definition.test(line))) {
      boxes.at(-1)!.children.pop();
      add("heading", 0, text[0] === "=" ? "#" : "##", leaf!.from).lines.push(...leaf!.lines);
    } else if (rule.test(text)) add("hr");
    else return false;
    if (!fenced) open.leaf = null;
    return true;
  }

  /** A quote or an item, within which the line goes on. What begins neither is a table or words. */
  function beginBox(): boolean {
    const text = cursor.text();
    const start = boxes.length <= deepest && bullet.exec(text);
    if (text[0] === ">" && boxes.length <= deepest) {
      end();
      const quote = block("blockquote", n);
      boxes.at(-1)!.children.push(quote);
      cursor.skip(3);
      enterQuote(cursor);
      boxes.push(quote);
    } else if (start && (within() !== "p" || (text.slice(start[0].length).trim() && Number(start[2] ?? 1) === 1))) {
      end();
      boxes.push(addItem(boxes.at(-1)!, start[1]!, cursor, n));
    } else {
      addWords();
      return false;
    }
    depth++;
    open.leaf = null;
    return true;
  }

  function addWords(): void {
    const text = cursor.text();
    const { leaf } = open;
    if (within() === "p" && cursor.indent() < 4 && isTable(leaf!.lines.at(-1)!, text)) {
      const head = leaf!.lines.pop()!;
      if (!leaf!.lines.length) boxes.at(-1)!.children.pop();
      add("table", 0, "", n - 1).lines.push(head, text);
      return;
    }
    if (leaf?.kind !== "p" || !text) end();
    if (!text && open.leaf?.kind === "code") open.leaf.lines.push(cursor.skip(4));
    else if (!text) open.leaf = null;
    else if (open.leaf?.kind === "p" || open.leaf?.kind === "table") open.leaf.lines.push(text);
    else add("p").lines.push(text);
  }
}

function goesOn(box: Block, cursor: Cursor): boolean {
  if (box.kind === "blockquote") {
    if (cursor.indent() > 3 || cursor.text()[0] !== ">") return false;
    cursor.skip(3);
    enterQuote(cursor);
    return true;
  }
  if (cursor.text() ? cursor.indent() < box.indent : !box.children.length) return false;
  cursor.skip(box.indent);
  return true;
}

function enterQuote(cursor: Cursor): void {
  cursor.take(1);
  cursor.skip(1);
}

/** An item of the list before it, or of a new one. What is indented as far as its first word is part of it. */
function addItem({ children }: Block, marker: string, cursor: Cursor, n: number): Block {
  const spaces = cursor.indent();
  let list = children.at(-1);
  if (list?.kind !== "list" || list.mark.at(-1) !== marker.at(-1)) children.push((list = block("list", n, 0, marker)));
  cursor.skip(spaces);
  cursor.take(marker.length);
  const after = cursor.indent();
  const inner = cursor.text() && after < 5 ? after : 1;
  cursor.skip(inner);
  const made = block("li", n, spaces + marker.length + inner);
  list.children.push(made);
  return made;
}

function titleOf(text: string): string {
  return text
    .trim()
    .replace(/(^|[ \t])#+$/, "")
    .trim();
}

function block(kind: Kind, from: number, indent = 0, mark = ""): Block {
  return { kind, from, lines: [], children: [], indent, mark };
}

function closes(text: string, fence: string): boolean {
  return text.startsWith(fence) && text === fence[0]!.repeat(text.length);
}
