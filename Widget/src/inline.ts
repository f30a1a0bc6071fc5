export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "break" }
  | { readonly type: "strong" | "em" | "del"; readonly children: readonly Inline[] }
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] };

type Frame = { readonly mark: string; readonly children: Inline[] };

const kinds = { "*": "em", "_": "em", "**": "strong", "__": "strong", "~~": "del" } as const;
const deepest = 8;
const mostLinks = 100;

// Every pattern is anchored where it is tried and bounded in length, so that no answer costs more than its length.
const target = /\(\s{0,9}<?([^\s<>()]{0,2000}(?:\([^\s<>()]{0,500}\)[^\s<>()]{0,500}){0,4})>?(?:\s{1,9}(?:"[^"]{0,300}"|'[^']{0,300}'))?\s{0,9}\)/y;
const address = /https?:\/\/[^\s<>"`]{1,2000}/iy;
const mail = /[\w.+-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,6}/iy;
const special = /[\\`*_~[\]!<\n]|https?:|[\w.+-]{1,64}@/gi;

/** Reads the words of one paragraph: one pass, a stack of open marks, and whatever stays open is plain text. */
export function parseInline(source: string): Inline[] {
  const stack: Frame[] = [{ mark: "", children: [] }];
  const open = new Map<string, number>();
  const missing = new Set<number>();
  let links = 0;
  let at = 0;

  const top = () => stack[stack.length - 1]!;
  const add = (node: Inline) => {
    const { children } = top();
    const last = children[children.length - 1];
    if (node.type === "text" && last?.type === "text") children[children.length - 1] = { type: "text", text: last.text + node.text };
    else if (node.type !== "text" || node.text !== "") children.push(node);
  };
  const plain = (length: number) => {
    add({ type: "text", text: source.slice(at, at + length) });
    at += length;
  };
  const pushFrame = (mark: string) => {
    stack.push({ mark, children: [] });
    open.set(mark, (open.get(mark) ?? 0) + 1);
  };
  const popFrame = () => {
    const frame = stack.pop()!;
    open.set(frame.mark, open.get(frame.mark)! - 1);
    return frame;
  };
  // Marks that were opened and never closed become the text they were.
  const dissolve = () => {
    const { mark, children } = popFrame();
    add({ type: "text", text: mark });
    children.forEach(add);
  };

  while (at < source.length) {
    special.lastIndex = at;
    const hit = special.exec(source);
    if (!hit) {
      plain(source.length - at);
      break;
    }
    plain(hit.index - at);
    const char = source[at]!;

    if (char === "\\" && /[!-/:-@[-`{-~]/.test(source[at + 1] ?? "")) {
      add({ type: "text", text: source[at + 1]! });
      at += 2;
    } else if (char === "\n") {
      add({ type: "break" });
      at++;
    } else if (char === "<") {
      const tag = /^<br ?\/?>/i.exec(source.slice(at, at + 6));
      if (tag) {
        add({ type: "break" });
        at += tag[0].length;
      } else plain(1);
    } else if (char === "`") {
      const length = run(source, at);
      const end = missing.has(length) ? -1 : closing(source, at + length, length);
      if (end < 0) {
        missing.add(length);
        plain(length);
      } else {
        add({ type: "code", text: source.slice(at + length, end).replace(/\n/g, " ").replace(/^ (.*\S.*) $/, "$1") });
        at = end + length;
      }
    } else if (char === "*" || char === "_" || char === "~") {
      emphasis(char);
    } else if (char === "!" && source[at + 1] === "[" && stack.length < deepest) {
      pushFrame("![");
      at += 2;
    } else if (char === "[" && stack.length < deepest) {
      pushFrame("[");
      at++;
    } else if (char === "]") {
      link();
    } else {
      auto();
    }
  }
  while (stack.length > 1) dissolve();
  return top().children;

  function emphasis(char: string) {
    const length = run(source, at);
    const mark = char.repeat(Math.min(length, 2));
    const before = source[at - 1] ?? " ";
    const after = source[at + length] ?? " ";
    const inWord = char === "_" && /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after);
    if (length > 3 || inWord || mark === "~") return plain(length);

    const marks = length === 3 ? [char + char, char] : [mark];
    if (/\S/.test(before) && marks.every(m => (open.get(m) ?? 0) > 0)) {
      for (const m of length === 3 && top().mark === char ? [char, char + char] : marks) close(m);
    } else if (/\S/.test(after) && stack.length + marks.length <= deepest) {
      marks.forEach(pushFrame);
    } else {
      return plain(length);
    }
    at += length;
  }

  function close(mark: string) {
    if (!open.get(mark)) return add({ type: "text", text: mark });
    while (top().mark !== mark) dissolve();
    const { children } = popFrame();
    if (children.length > 0) add({ type: kinds[mark as keyof typeof kinds], children });
    else add({ type: "text", text: mark + mark });
  }

  function link() {
    const isOpen = (open.get("[") ?? 0) + (open.get("![") ?? 0) > 0;
    target.lastIndex = at + 1;
    const hit = isOpen && links < mostLinks ? target.exec(source) : null;
    if (!hit) {
      // Without an address the brackets are just brackets.
      if (isOpen) while (!top().mark.endsWith("[")) dissolve();
      if (isOpen) dissolve();
      return plain(1);
    }
    while (!top().mark.endsWith("[")) dissolve();
    const { children } = popFrame();
    const href = hit[1]!;
    links++;
    add({ type: "link", href, children: children.length > 0 ? children : [{ type: "text", text: href }] });
    at = target.lastIndex;
  }

  function auto() {
    const insideLink = (open.get("[") ?? 0) > 0;
    for (const pattern of [address, mail]) {
      pattern.lastIndex = at;
      const found = pattern.exec(source)?.[0].replace(/[).,;:!?'"*_~\]]{1,20}$/, "");
      if (!found || insideLink || links >= mostLinks || /[\w@]/.test(source[at - 1] ?? "")) continue;
      links++;
      add({ type: "link", href: pattern === mail ? `mailto:${found}` : found, children: [{ type: "text", text: found }] });
      at += found.length;
      return;
    }
    plain(/^(https?:|[\w.+-]{1,64}@)/i.exec(source.slice(at, at + 65))?.[0].length ?? 1);
  }
}

function run(source: string, at: number): number {
  let end = at;
  while (source[end] === source[at]) end++;
  return end - at;
}

/** Where a code span of so many backticks ends. */
function closing(source: string, from: number, length: number): number {
  for (let at = source.indexOf("`", from); at >= 0; ) {
    const found = run(source, at);
    if (found === length) return at;
    at = source.indexOf("`", at + found);
  }
  return -1;
}
