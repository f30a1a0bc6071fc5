import { parseInline, type Inline } from "./inline.ts";

export type Block =
  | { readonly type: "p"; readonly children: readonly Inline[] }
  | { readonly type: "heading"; readonly level: number; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "blockquote"; readonly blocks: readonly Block[] }
  | { readonly type: "list"; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
  | { readonly type: "table"; readonly rows: readonly (readonly (readonly Inline[])[])[] }
  | { readonly type: "hr" };

const longest = 64_000;
const deepest = 6;

const fence = /^ {0,3}(`{3,}|~{3,})/;
const heading = /^ {0,3}(#{1,6}) +(.*)/;
const rule = /^ {0,3}([-*_])( *\1){2,} *$/;
const quote = /^ {0,3}> ?/;
const item = /^ {0,3}([-*+•]|\d{1,9}[.)])( +|$)/;
const divider = /^ *\|?( *:?-+:? *\|)* *:?-+:? *\|? *$/;

/** Takes an answer apart into blocks. Whatever it does not know stays text; there is no HTML in it. */
export function parse(markdown: string): Block[] {
  return blocks(markdown.slice(0, longest).replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n"), 0);
}

/**
 * Up to where a growing answer can no longer change: the last empty line outside a code block before a line that starts anew.
 * What stands before it is drawn once, so that a long answer costs no more for each word at its end.
 */
export function settled(markdown: string, from: number): number {
  let end = from;
  let open: string | undefined;
  for (let at = from, next; (next = markdown.indexOf("\n", at)) >= 0; at = next + 1) {
    const line = markdown.slice(at, next);
    if (open) open = closes(line, open) ? undefined : open;
    else open = fence.exec(line)?.[1];
    if (!open && !line.trim() && /\S/.test(markdown[next + 1] ?? "")) end = next + 1;
  }
  return end;
}

function blocks(lines: readonly string[], depth: number): Block[] {
  const found: Block[] = [];
  let paragraph: string[] = [];
  const add = (block?: Block) => {
    if (paragraph.length > 0) found.push({ type: "p", children: parseInline(paragraph.join("\n")) });
    paragraph = [];
    if (block) found.push(block);
  };

  for (let i = 0; i < lines.length;) {
    const line = lines[i]!;
    const open = fence.exec(line)?.[1];
    const title = heading.exec(line);
    const from = i++;
    if (!line.trim()) add();
    else if (open) {
      while (i < lines.length && !closes(lines[i]!, open)) i++;
      add({ type: "code", text: lines.slice(from + 1, i++).join("\n") });
    } else if (title) add({ type: "heading", level: title[1]!.length, children: parseInline(title[2]!) });
    else if (rule.test(line)) add({ type: "hr" });
    else if (depth < deepest && quote.test(line)) {
      while (quote.test(lines[i] ?? "")) i++;
      add({ type: "blockquote", blocks: blocks(lines.slice(from, i).map(text => text.replace(quote, "")), depth + 1) });
    } else if (depth < deepest && item.test(line) && (paragraph.length === 0 || /^\s*([-*+•]|1[.)]) /.test(line))) {
      const { kind, items, end } = list(lines, from, depth);
      i = end;
      add({ type: "list", start: /\d/.test(kind) ? parseInt(kind, 10) : null, items });
    } else if (line.includes("|") && divider.test(lines[i] ?? "") && lines[i]!.includes("|")) {
      while (lines[++i]?.includes("|"));
      const rows = [line, ...lines.slice(from + 2, i)].map(cells);
      add({ type: "table", rows: rows.map(row => rows[0]!.map((_, n) => parseInline(row[n] ?? ""))) });
    } else paragraph.push(line.trim());
  }
  add();
  return found;
}

/** An item takes its own line, what is indented beneath it, and the rest of a sentence that runs on. */
function list(lines: readonly string[], from: number, depth: number) {
  const kind = item.exec(lines[from]!)![1]!;
  const items: Block[][] = [];
  let i = from;
  for (let start; (start = item.exec(lines[i] ?? "")) && start[1]!.at(-1) === kind.at(-1) && !rule.test(lines[i]!);) {
    const own = [lines[i]!.slice(start[0].length)];
    for (; ++i < lines.length; own.push(lines[i]!.replace(/^ {1,4}/, ""))) {
      const line = lines[i]!;
      const startsAnew = !own.at(-1)!.trim() || [fence, heading, quote, item].some(pattern => pattern.test(line));
      if (line.trim() && !/^ {2}/.test(line) && startsAnew) break;
    }
    items.push(blocks(own, depth + 1));
  }
  return { kind, items, end: i };
}

function cells(line: string): string[] {
  return line.trim().replace(/^\||\|$/g, "").split("|").slice(0, 20).map(cell => cell.trim());
}

function closes(line: string, fence: string): boolean {
  const text = line.trim();
  return text.startsWith(fence) && text === fence[0]!.repeat(text.length);
}
