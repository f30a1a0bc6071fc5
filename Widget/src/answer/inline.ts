import { emphasize } from "./emphasis.ts";
import { entity } from "./entities.ts";
import { pretended, safeUrl } from "./links.ts";
import type { Link, Piece, Run, Words } from "./pieces.ts";

/** The base of relative links, and the link reference definitions. */
export type Links = { readonly base?: string | undefined; readonly named: ReadonlyMap<string, string> };

const mostLinks = 500;

// Bounded everywhere, so that no answer costs more than its length: escapes, entities, code, delimiters, brackets, line breaks, autolinks,
// bare web and mail addresses.
const token =
  /\\[!-/:-@[-`{-~\n]|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});|`+|\*+|_+|~+|!?\[|\]|\n|<br ?\/?>|<(?:[a-z][a-z\d+.-]{1,31}:[^\s<>]{0,2000}|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d.-]{1,255})>|(?:https?:\/\/|www\.)[^\s<>"`]{1,2000}|[\w.+-]{1,64}@[a-z\d-]{1,63}\.[a-z\d._-]{2,63}/gi;

// `(address "title")`, with pairs of parentheses within the address.
const target =
  /\([ \n]*(?:<((?:[^<>\n\\]|\\.){0,2000})>|((?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.){0,200}\)){0,400}\))(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.){0,200}\)){0,400}\)){0,2000})?)(?:[ \n]+(?:"(?:[^"\\]|\\[^]){0,500}"|'(?:[^'\\]|\\[^]){0,500}'|\((?:[^()\\]|\\[^]){0,500}\)))?[ \n]*\)/y;
const label = /\[((?:[^[\]\\]|\\[^]){0,200})\]/y;

const space = /\s/;
const punctuation = /[\p{P}\p{S}]/u;
// Chinese, Japanese and Korean use no spaces: emphasis may begin and end anywhere in them.
const eastern = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;
// A bare address always ends here: at punctuation and symbols that are not part of it, and at delimiters of emphasis.
const foreign = /(?![·・\u200c\u200d])[^\p{L}\p{N}\p{M}!-~]|\*\*|~~/u;
// Up to a bracket that the address has not opened.
const balanced = /^(?:[^[\]]|\[[^[\]]*\])*/;

/** Parses the text of one paragraph as CommonMark and GFM do. What is not Markdown stays text, and so does HTML. */
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

  /** A code span, or backticks that begin none; spans are limited in length, so the search for the end is too. */
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
    // A link cannot contain another link.
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

  /** A bare address, which ends before the punctuation of the sentence around it. */
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

  /** Makes a link of a destination if it is allowed. `inLink`: it is inside another link, so only its text is used. */
  function finish({ href, words }: Link, inLink: boolean): Words {
    const children = emphasize(words, piece => finish(piece, true));
    const shown = children.length ? children : [href];
    const url = inLink ? null : safeUrl(href, base);
    if (!url) return children;
    const host = pretended(textOf(shown), url);
    return [{ tag: "a", attributes: { href: url.href }, children: shown }, host ? ` (${host})` : ""];
  }
}

/** The normalized label of a link reference: case and spaces do not matter. */
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

/** All of it as one text; line breaks are kept. */
export function textOf(words: Words): string {
  return words
    .map(node =>
      typeof node === "string" ? node : textOf(node.children) + (/^(br|p|li|t[dh]|h\d)$/.test(node.tag) ? "\n" : ""),
    )
    .join("");
}
