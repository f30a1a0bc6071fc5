import { parseInline, type Inline } from "./inline.ts";

export type Align = "left" | "center" | "right" | null;
export type Block =
  | { readonly type: "paragraph"; readonly children: readonly Inline[] }
  | { readonly type: "heading"; readonly level: number; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "quote"; readonly children: readonly Block[] }
  | { readonly type: "list"; readonly ordered: boolean; readonly start: number; readonly items: readonly (readonly Block[])[] }
  | { readonly type: "table"; readonly align: readonly Align[]; readonly rows: readonly (readonly (readonly Inline[])[])[] }
  | { readonly type: "rule" };

export const longestAnswer = 64_000;
const deepest = 6;

const fence = /^ {0,3}(`{3,}|~{3,})/;
const heading = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/;
const rule = /^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/;
const quote = /^ {0,3}> ?/;
const item = /^( {0,3})([-*+•]|\d{1,9}[.)])([ \t]+|$)/;
const divider = /^ {0,3}\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/;

/** Takes an answer apart into blocks. Whatever it does not know stays text; there is no HTML in it. */
export function parse(markdown: string): Block[] {
  return blocks(markdown.slice(0, longestAnswer).replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n"), 0);
}

/**
 * Up to where a growing answer can no longer change: the last empty line outside a code block.
 * What stands before it is drawn once, so that a long answer costs no more for each word at its end.
 */
export function settled(markdown: string, from: number): number {
  let end = from;
  let open: string | null = null;
  for (let at = from; ; ) {
    const next = markdown.indexOf("\n", at);
    if (next < 0) return end;
    const line = markdown.slice(at, next);
    const marker = fence.exec(line)?.[1];
    if (marker && open === null) open = marker;
    else if (open !== null && closes(line, open)) open = null;
    if (open === null && line.trim() === "" && /^\S/.test(markdown.slice(next + 1, next + 2))) end = next + 1;
    at = next + 1;
  }
}

function blocks(lines: readonly string[], depth: number): Block[] {
  const found: Block[] = [];
  let paragraph: string[] = [];
  const finish = () => {
    const text = paragraph.map(line => line.trim()).join("\n");
    if (text !== "") found.push({ type: "paragraph", children: parseInline(text) });
    paragraph = [];
  };

  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    const marker = fence.exec(line)?.[1];
    const title = heading.exec(line);
    if (line.trim() === "") {
      finish();
      i++;
    } else if (marker) {
      finish();
      let end = i + 1;
      while (end < lines.length && !closes(lines[end]!, marker)) end++;
      found.push({ type: "code", text: lines.slice(i + 1, end).join("\n") });
      i = end + 1;
    } else if (title) {
      finish();
      found.push({ type: "heading", level: title[1]!.length, children: parseInline(title[2]!) });
      i++;
    } else if (rule.test(line)) {
      finish();
      found.push({ type: "rule" });
      i++;
    } else if (depth < deepest && quote.test(line)) {
      finish();
      let end = i;
      while (end < lines.length && quote.test(lines[end]!)) end++;
      found.push({ type: "quote", children: blocks(lines.slice(i, end).map(text => text.replace(quote, "")), depth + 1) });
      i = end;
    } else if (depth < deepest && startsList(line, paragraph.length > 0)) {
      finish();
      i = list(lines, i, depth, found);
    } else if (paragraph.length === 0 && line.includes("|") && divider.test(lines[i + 1] ?? "") && (lines[i + 1] ?? "").includes("-")) {
      i = table(lines, i, found);
    } else {
      paragraph.push(line);
      i++;
    }
  }
  finish();
  return found;
}

/** "1986. What a year." in the middle of a paragraph is not a list. */
function startsList(line: string, inParagraph: boolean): boolean {
  const found = item.exec(line);
  return found !== null && (!inParagraph || (found[3] !== "" && (!/\d/.test(found[2]!) || /^1[.)]/.test(found[2]!))));
}

function list(lines: readonly string[], from: number, depth: number, found: Block[]): number {
  const first = item.exec(lines[from]!)!;
  const ordered = /\d/.test(first[2]!);
  const kind = first[2]!.slice(-1);
  const items: Block[][] = [];
  let i = from;
  while (i < lines.length) {
    const start = item.exec(lines[i]!);
    if (!start || /\d/.test(start[2]!) !== ordered || start[2]!.slice(-1) !== kind || rule.test(lines[i]!)) break;
    const width = start[1]!.length + start[2]!.length + Math.min(Math.max(start[3]!.length, 1), 4);
    const own = [lines[i]!.slice(start[0].length)];
    for (i++; i < lines.length; i++) {
      const line = lines[i]!;
      const indent = line.length - line.trimStart().length;
      if (line.trim() === "") {
        // An empty line goes on with this item only when something indented follows.
        const next = lines[i + 1] ?? "";
        if (next.trim() === "" || next.length - next.trimStart().length < Math.min(width, 2)) break;
        own.push("");
      } else if (indent >= Math.min(width, 2) && (indent >= width || item.test(line.trimStart()) || own[own.length - 1] !== "")) {
        own.push(line.slice(Math.min(indent, width)));
      } else if (item.test(line) || fence.test(line) || heading.test(line) || quote.test(line) || own[own.length - 1] === "") break;
      else own.push(line);
    }
    items.push(blocks(own, depth + 1));
    // Between two items one empty line is a loose list, not two lists.
    if (i < lines.length && lines[i]!.trim() === "" && item.test(lines[i + 1] ?? "")) i++;
  }
  found.push({ type: "list", ordered, start: ordered ? parseInt(first[2]!, 10) : 1, items });
  return i;
}

function table(lines: readonly string[], from: number, found: Block[]): number {
  const align = cells(lines[from + 1]!).map(cell => {
    const [left, right] = [cell.startsWith(":"), cell.endsWith(":")];
    return left && right ? "center" : right ? "right" : left ? "left" : null;
  });
  const rows = [cells(lines[from]!)];
  let i = from + 2;
  while (i < lines.length && lines[i]!.includes("|")) rows.push(cells(lines[i++]!));
  const columns = Math.min(rows[0]!.length, 20);
  found.push({ type: "table", align, rows: rows.map(row => Array.from({ length: columns }, (_, n) => parseInline(row[n] ?? ""))) });
  return i;
}

function cells(line: string): string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/(^|[^\\])\|$/, "$1");
  return inner.split(/(?<!\\)\|/).map(cell => cell.trim().replace(/\\\|/g, "|"));
}

function closes(line: string, marker: string): boolean {
  const text = line.trim();
  return text.length >= marker.length && text === marker[0]!.repeat(text.length);
}
