import { inline, type Maker } from "./inline.ts";

const longest = 64_000;
const deepest = 6;

const fence = /^ {0,3}(`{3,}|~{3,})/;
const heading = /^ {0,3}(#{1,6}) +(.*)/;
const rule = /^ {0,3}([-*_])( *\1){2,} *$/;
const quote = /^ {0,3}> ?/;
const item = /^ {0,3}([-*+•]|\d{1,9}[.)])( +|$)/;
const divider = /^ *\|?( *:?-+:? *\|)* *:?-+:? *\|? *$/;

/** Makes an answer of its Markdown. Whatever it does not know stays text; there is no HTML in it. */
export function parse<T>(markdown: string, make: Maker<T>): T[] {
  return blocks(markdown.slice(0, longest).replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n"), 0, make);
}

/**
 * Up to where a growing answer is drawn once and for all, so that a long one costs no more for each word at its end: the last empty
 * line outside a code block before a line that starts anew. A list, table or piece of code that is longer than a screen is cut between
 * its lines until it has ended; `head` is what the rest must begin with to be more of the same.
 */
export function settled(markdown: string): { readonly end: number; readonly head: string } {
  let [at, end, head, table] = [0, 0, "", ""];
  let open: string | undefined;
  const lines = markdown.split("\n");
  lines.slice(0, -1).forEach((line, n) => {
    at += line.length + 1;
    if (open) open = closes(line, open) ? undefined : open;
    else open = fence.exec(line)?.[1];
    if (!line.includes("|")) table = "";
    else if (n > 0 && divider.test(line)) table ||= `${lines[n - 1]}\n${line}\n`;
    const isLong = at - end > 1000;
    if (open ? isLong : (isLong || !line.trim()) && /^\S/.test(lines[n + 1]!)) {
      end = at;
      head = open ? `${open}\n` : table;
    }
  });
  return { end, head };
}

function blocks<T>(lines: readonly string[], depth: number, make: Maker<T>): T[] {
  const { element, code } = make;
  const words = (text: string) => inline(text, make);
  const found: T[] = [];
  let paragraph: string[] = [];
  const add = (block?: T) => {
    if (paragraph.length > 0) found.push(element("p", words(paragraph.join("\n"))));
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
      add(code(lines.slice(from + 1, i++).join("\n")));
        // The page's own outline is not ours to disturb: an answer starts at the third level, and has two.
    } else if (title) add(element(`h${Math.min(title[1]!.length + 2, 4)}`, words(title[2]!)));
    else if (rule.test(line)) add(element("hr", []));
    else if (depth < deepest && quote.test(line)) {
      while (quote.test(lines[i] ?? "")) i++;
      add(element("blockquote", blocks(lines.slice(from, i).map(text => text.replace(quote, "")), depth + 1, make)));
    } else if (depth < deepest && item.test(line) && (paragraph.length === 0 || /^\s*([-*+•]|1[.)]) /.test(line))) {
      const { kind, items, end } = list(lines, from);
      const start = parseInt(kind, 10);
      i = end;
      const inside = items.map(own => element("li", blocks(own, depth + 1, make)));
      add(start >= 0 ? element("ol", inside, { start }) : element("ul", inside));
    } else if (line.includes("|") && divider.test(lines[i] ?? "") && lines[i]!.includes("|")) {
      while (lines[++i]?.includes("|"));
      const head = cells(line);
      const row = (tag: string, own: readonly string[]) => element("tr", head.map((_, n) => element(tag, words(own[n] ?? ""))));
      add(element("div", [element("table", [row("th", head), ...lines.slice(from + 2, i).map(line => row("td", cells(line)))])], { tabindex: 0 }));
    } else paragraph.push(line.trim());
  }
  add();
  return found;
}

/** An item takes its own line, what is indented beneath it, and the rest of a sentence that runs on. */
function list(lines: readonly string[], from: number) {
  const kind = item.exec(lines[from]!)![1]!;
  const items: string[][] = [];
  let i = from;
  for (let start; (start = item.exec(lines[i] ?? "")) && start[1]!.at(-1) === kind.at(-1) && !rule.test(lines[i]!);) {
    const own = [lines[i]!.slice(start[0].length)];
    for (; ++i < lines.length; own.push(lines[i]!.replace(/^ {1,4}/, ""))) {
      const line = lines[i]!;
      const startsAnew = !own.at(-1)!.trim() || [fence, heading, quote, item].some(pattern => pattern.test(line));
      if (line.trim() && !/^ {2}/.test(line) && startsAnew) break;
    }
    items.push(own);
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
