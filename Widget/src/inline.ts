export type Inline =
  | { readonly type: "text" | "code"; readonly text: string }
  | { readonly type: "br" }
  | { readonly type: "strong" | "em" | "del"; readonly children: readonly Inline[] }
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] };

const deepest = 8;
const mostLinks = 100;

// Bounded everywhere, so that no answer costs more than its length: escapes, code, marks, brackets, an address behind
// brackets, line ends, bare web and mail addresses.
const token = /\\[!-/:-@[-`{-~]|`+|\*\*?|__?|~~|!?\[|\](?:\(\s{0,9}<?([^\s<>()]{1,2000}(?:\([^\s()]{0,200}\)[^\s<>()]{0,200})?)>?(?:\s{1,9}"[^"]{0,200}")?\s{0,9}\))?|\n|<br ?\/?>|https?:\/\/[^\s<>"`]{1,2000}|[\w.+-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,6}/gi;

/** Reads the words of one paragraph: one pass, a stack of open marks, and whatever stays open is plain text. */
export function parseInline(source: string): Inline[] {
  const stack: { mark: string; children: Inline[] }[] = [{ mark: "", children: [] }];
  const tokens = new RegExp(token);
  let links = 0;

  const top = () => stack.at(-1)!;
  const isOpen = (mark: string) => stack.some(frame => frame.mark === mark);
  const add = (node: Inline) => {
    const { children } = top();
    const last = children.at(-1);
    if (node.type === "text" && last?.type === "text") children[children.length - 1] = { type: "text", text: last.text + node.text };
    else children.push(node);
  };
  const plain = (text: string) => { if (text) add({ type: "text", text }); };
  // Marks that were opened and never closed become the text they were.
  const unwind = (mark: string) => {
    while (top().mark !== mark) {
      const frame = stack.pop()!;
      plain(frame.mark);
      frame.children.forEach(add);
    }
  };
  const close = (mark: string) => {
    unwind(mark);
    return stack.pop()!.children;
  };
  const link = (href: string, children: Inline[]) => {
    links++;
    add({ type: "link", href, children });
  };

  for (let at = 0; at <= source.length;) {
    tokens.lastIndex = at;
    const hit = tokens.exec(source);
    plain(source.slice(at, hit?.index));
    if (!hit) break;
    let mark = hit[0];
    const before = source[hit.index - 1] ?? " ";
    at = tokens.lastIndex;

    if (mark[0] === "\\") plain(mark.slice(1));
    else if (mark === "\n" || mark[0] === "<") add({ type: "br" });
    else if (mark[0] === "`") {
      const end = codeEnd(source, at, mark.length);
      if (end < 0) plain(mark);
      else {
        add({ type: "code", text: source.slice(at, end).replace(/\n/g, " ").trim() });
        at = end + mark.length;
      }
    } else if (/^[*_~]/.test(mark)) {
      if (isOpen(mark[0]!) && top().mark === mark[0]) mark = mark[0];
      at = hit.index + mark.length;
      const after = source[at] ?? " ";
      if (mark[0] === "_" && /[\p{L}\d]/u.test(before) && /[\p{L}\d]/u.test(after)) plain(mark);
      else if (/\S/.test(before) && isOpen(mark)) add({ type: mark === "~~" ? "del" : mark[1] ? "strong" : "em", children: close(mark) });
      else if (/\S/.test(after) && stack.length < deepest) stack.push({ mark, children: [] });
      else plain(mark);
    } else if (mark.endsWith("[") && stack.length < deepest && !isOpen("[")) stack.push({ mark: "[", children: [] });
    else if (mark[0] === "]" && isOpen("[")) {
      if (hit[1] && links < mostLinks) link(hit[1], close("["));
      else {
        // Without an address the brackets are just brackets.
        unwind("[");
        const { children } = stack.pop()!;
        plain("[");
        children.forEach(add);
        plain("]");
        at = hit.index + 1;
      }
    } else if (/^[\w.+]/.test(mark) && !/[\w@]/.test(before) && !isOpen("[") && links < mostLinks) {
      const address = mark.replace(/[).,;:!?'"*_~\]]{1,20}$/, "");
      at = hit.index + address.length;
      link(/^https?:/i.test(address) ? address : `mailto:${address}`, [{ type: "text", text: address }]);
    } else plain(mark);
  }
  unwind("");
  return top().children;
}

/** Where a code span of so many backticks ends, or -1; a span is short, so the search for its end is too. */
function codeEnd(source: string, from: number, length: number): number {
  for (const { index, 0: ticks } of source.slice(from, from + 2000).matchAll(/`+/g)) if (ticks.length === length) return from + index;
  return -1;
}
