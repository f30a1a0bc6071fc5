import { entity } from "./entities.ts";
import { pretended, safeUrl } from "./links.ts";

/** What an answer consists of: text, and the few elements that only show. */
export type Made = { readonly tag: string; readonly attributes: Attributes; readonly children: Words };
export type Words = readonly (Made | string)[];
type Attributes = Readonly<Record<string, string | number>>;

/** Where links lead that are relative, and those that are named in one place and described in another. */
export type Links = { readonly base?: string | undefined; readonly named: ReadonlyMap<string, string> };

/** A run of `*`, `_` or `~` that may begin or end emphasis. */
type Run = { readonly mark: string; readonly length: number; readonly opens: boolean; readonly closes: boolean };
/** An address with its words; whether it becomes a link is known when it is known whether it stands in one. */
type Link = { readonly href: string; readonly words: Piece[] };
type Piece = string | Made | Run | Link;

const mostLinks = 500;
// How far back an opening mark is looked for, so that many that never close cost nothing.
const farthest = 64;

// Bounded everywhere, so that no answer costs more than its length: escapes, entities, code, marks, brackets, line ends, what is
// between angle brackets, bare web and mail addresses.
const token =
  /\\[!-/:-@[-`{-~\n]|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});|`+|\*+|_+|~+|!?\[|\]|\n|<br ?\/?>|<(?:[a-z][a-z\d+.-]{1,31}:[^\s<>]{0,2000}|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d.-]{1,255})>|(?:https?:\/\/|www\.)[^\s<>"`]{1,2000}|[\w.+-]{1,64}@[a-z\d-]{1,63}\.[a-z\d._-]{2,63}/gi;

// `(address "title")`, with pairs of parentheses within the address.
const target =
  /\([ \n]*(?:<((?:[^<>\n\\]|\\.){0,2000})>|((?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.){0,200}\)){0,400}\))(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.){0,200}\)){0,400}\)){0,2000})?)(?:[ \n]+(?:"(?:[^"\\]|\\[^]){0,500}"|'(?:[^'\\]|\\[^]){0,500}'|\((?:[^()\\]|\\[^]){0,500}\)))?[ \n]*\)/y;
const label = /\[((?:[^[\]\\]|\\[^]){0,200})\]/y;

const space = /\s/;
const punctuation = /[\p{P}\p{S}]/u;
// Chinese, Japanese and Korean set no spaces: emphasis may begin and end anywhere in them.
const eastern = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;
// Where an address ends for certain: at punctuation and symbols that are not its own, and at marks of emphasis.
const foreign = /(?![·・\u200c\u200d])[^\p{L}\p{N}\p{M}!-~]|\*\*|~~/u;
// Up to a bracket that the address has not opened.
const balanced = /^(?:[^[\]]|\[[^[\]]*\])*/;

/** Reads the words of one paragraph as CommonMark and GFM do. What is no Markdown stays the text it is, and so does HTML. */
export function inline(source: string, { base, named }: Links = { named: new Map() }): Words {
  const tokens = new RegExp(token);
  const pieces: Piece[] = [];
  // The brackets that are open: where in the pieces, where in the source, and whether a link may still begin there.
  const brackets: { readonly at: number; readonly from: number; readonly image: boolean; dead?: boolean }[] = [];
  let links = 0;

  for (let at = 0; at < source.length;) {
    tokens.lastIndex = at;
    const hit = tokens.exec(source);
    if (hit?.index !== at) pieces.push(source.slice(at, hit?.index));
    if (!hit) break;
    const [found] = hit;
    const first = found[0]!;
    const start = hit.index;
    at = tokens.lastIndex;

    const last = pieces.length - 1;
    if (found.endsWith("\n") && typeof pieces[last] === "string") pieces[last] = pieces[last].trimEnd();
    if (found.endsWith("\n") || /^<br/i.test(found)) pieces.push({ tag: "br", attributes: {}, children: [] });
    else if (first === "\\") pieces.push(found.slice(1));
    else if (first === "&") pieces.push(entity(found) ?? found);
    else if (first === "`") at = readCode(found, at);
    else if (/[*_~]/.test(first)) pieces.push(readRun(found, start, at));
    else if (found.endsWith("[")) {
      brackets.push({ at: pieces.length, from: at, image: first === "!" });
      pieces.push(found);
    } else if (first === "]") at = closeBracket(at);
    else if (first === "<")
      addLink(/^<[a-z][a-z\d+.-]+:/i.test(found) ? found.slice(1, -1) : `mailto:${found.slice(1, -1)}`, [
        found.slice(1, -1),
      ]);
    else at = readAddress(found, start, at);
  }
  return emphasize(pieces, finish);

  function addLink(href: string, words: Piece[]): void {
    if (links++ < mostLinks) pieces.push({ href, words });
    else pieces.push(...words);
  }

  /** A code span, or the backticks that begin none; a span is short, so the search for its end is too. */
  function readCode(ticks: string, from: number): number {
    for (const { index, 0: end } of source.slice(from, from + 4000).matchAll(/`+/g)) {
      if (end !== ticks) continue;
      const code = source.slice(from, from + index).replace(/\n/g, " ");
      pieces.push({ tag: "code", attributes: {}, children: [/^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code] });
      return from + index + ticks.length;
    }
    pieces.push(ticks);
    return from;
  }

  function readRun(mark: string, start: number, end: number): Run | string {
    const before = /.$/u.exec(source.slice(Math.max(0, start - 2), start))?.[0] ?? " ";
    const after = /^./u.exec(source.slice(end, end + 2))?.[0] ?? " ";
    const [marked, follows] = [before, after].map(char => punctuation.test(char));
    const free = (char: string, other: string, isMark: boolean | undefined, otherIsMark: boolean | undefined) =>
      !space.test(char) && (!isMark || eastern.test(char) || eastern.test(other) || space.test(other) || otherIsMark);
    const left = !!free(after, before, follows, marked);
    const right = !!free(before, after, marked, follows);
    const first = mark[0]!;
    // Within a word `_` is a letter, and `~` a range: 10~20.
    const strict = first === "_" || mark === "~";
    if (first === "~" && mark.length > 2) return mark;
    return {
      mark: first,
      length: mark.length,
      opens: left && (!strict || !right || !!marked),
      closes: right && (!strict || !left || !!follows),
    };
  }

  /** `]`: the end of a link or an image, when an address follows or the name of one. */
  function closeBracket(end: number): number {
    const open = brackets.pop();
    const found = open && !open.dead && readTarget(source.slice(open.from, end - 1), end);
    if (!found) {
      pieces.push("]");
      return end;
    }
    const words = pieces.splice(open.at).slice(1);
    // A link holds no other link.
    if (!open.image) for (const other of brackets) other.dead ||= !other.image;
    addLink(found.href, words);
    return found.end;
  }

  function readTarget(words: string, from: number): { readonly href: string; readonly end: number } | null {
    target.lastIndex = label.lastIndex = from;
    const direct = target.exec(source);
    if (direct) return { href: plain(direct[1] ?? direct[2] ?? ""), end: target.lastIndex };
    if (!named.size) return null;
    const name = label.exec(source);
    const href = named.get(nameOf(name?.[1] || words.slice(0, 1000)));
    return href === undefined ? null : { href, end: name ? label.lastIndex : from };
  }

  /** A bare address, which ends before the punctuation that the sentence around it needs. */
  function readAddress(found: string, start: number, end: number): number {
    const isMail = !/^(https?:|www\.)/i.test(found);
    let [address] = balanced.exec(found.slice(0, foreign.exec(found)?.index))!;
    for (let before = ""; before !== address;) {
      before = address;
      address = address.replace(isMail ? /[._-]+$/ : /(?:[?!.,:*_~'"]|&[a-z\d]+;|;)$/i, "");
      if (!isMail && address.endsWith(")") && address.split(")").length > address.split("(").length)
        address = address.slice(0, -1);
    }
    const isWhole = isMail ? /@.+\../.test(address) : /^(https?:\/\/.|www\.[^.]+\..)/i.test(address);
    if (!isWhole || /[\w@]/.test(source[start - 1] ?? " ")) {
      pieces.push(found);
      return end;
    }
    const words = plain(address, false);
    addLink(isMail ? `mailto:${words}` : /^w/i.test(words) ? `http://${words}` : words, [words]);
    return start + address.length;
  }

  /** Makes a link of an address that may be one. `inLink`: it stands in another, and only its words count. */
  function finish({ href, words }: Link, inLink: boolean): Words {
    const children = emphasize(words, piece => finish(piece, true));
    const shown = children.length ? children : [href];
    const url = inLink ? null : safeUrl(href, base);
    if (!url) return children;
    const host = pretended(textOf(shown), url);
    return [{ tag: "a", attributes: { href: url.href }, children: shown }, host ? ` (${host})` : ""];
  }
}

/** How a link that is described elsewhere is found: whatever its case and spaces. */
export function nameOf(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase();
}

/** A text without its escapes and entities. */
export function plain(source: string, escapes = true): string {
  return source.replace(
    /\\([!-/:-@[-`{-~])|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/gi,
    (found, escaped?: string) => (escaped ? (escapes ? escaped : found) : (entity(found) ?? found)),
  );
}

/** All of it as one text; what is a line of its own stays one. */
export function textOf(words: Words): string {
  return words
    .map(node =>
      typeof node === "string" ? node : textOf(node.children) + (/^(br|p|li|t[dh]|h\d)$/.test(node.tag) ? "\n" : ""),
    )
    .join("");
}

/** Pairs the marks: each that may close takes the nearest before it that may open, and what stays alone is text. */
function emphasize(pieces: readonly Piece[], finish: (link: Link, inLink: boolean) => Words): Words {
  type Frame = { readonly run: Run | null; left: number; words: (Made | string)[] };
  const frames: Frame[] = [{ run: null, left: 0, words: [] }];
  const add = (words: (Made | string)[], node: Made | string) => {
    const last = words.at(-1);
    if (typeof node === "string" && typeof last === "string") words[words.length - 1] = last + node;
    else if (node) words.push(node);
  };
  /** The frames above one were never closed: they are the text they were. */
  const unwind = (at: number) => {
    const { words } = frames[at]!;
    for (const { run, left, words: own } of frames.splice(at + 1))
      [run!.mark.repeat(left), ...own].forEach(node => add(words, node));
  };
  const opener = (run: Run, left: number) => {
    for (let at = frames.length - 1; at > 0 && at >= frames.length - farthest; at--) {
      const { run: open, left: free } = frames[at]!;
      if (open!.mark !== run.mark || (run.mark === "~" && free !== left)) continue;
      // `*a**b*`: where a run could do both, lengths that make three are no pair.
      const isOdd =
        (open!.closes || run.opens) && (open!.length + run.length) % 3 === 0 && (open!.length % 3 || run.length % 3);
      if (run.mark === "~" || !isOdd) return at;
    }
    return 0;
  };

  for (const piece of pieces) {
    const words = frames.at(-1)!.words;
    if (typeof piece === "string" || "tag" in piece) add(words, piece);
    else if ("href" in piece) finish(piece, false).forEach(node => add(words, node));
    else {
      let left = piece.length;
      for (let at; piece.closes && left && (at = opener(piece, left));) {
        unwind(at);
        const frame = frames[at]!;
        const used = piece.mark === "~" ? left : Math.min(2, left, frame.left);
        const node = {
          tag: piece.mark === "~" ? "del" : used === 2 ? "strong" : "em",
          attributes: {},
          children: frame.words,
        };
        left -= used;
        frame.left -= used;
        frame.words = [node];
        if (!frame.left) add(frames[at - 1]!.words, frames.pop()!.words[0]!);
      }
      if (left && piece.opens) frames.push({ run: piece, left, words: [] });
      else if (left) add(frames.at(-1)!.words, piece.mark.repeat(left));
    }
  }
  unwind(0);
  return frames[0]!.words;
}
