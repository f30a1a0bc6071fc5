import type { Link, Made, Piece, Run, Words } from "./pieces.ts";

// How far back an opening mark is looked for, so that many that never close cost nothing.
const farthest = 64;

/** The words behind a mark that may open, and how much of it is left. */
type Frame = { readonly run: Run | null; left: number; words: (Made | string)[] };

/** Pairs the marks: each that may close takes the nearest before it that may open, and what stays alone is text. */
export function emphasize(pieces: readonly Piece[], finish: (link: Link, inLink: boolean) => Words): Words {
  const frames: Frame[] = [{ run: null, left: 0, words: [] }];
  for (const piece of pieces) {
    const { words } = frames.at(-1)!;
    if (typeof piece === "string" || "tag" in piece) add(words, piece);
    else if ("href" in piece) finish(piece, false).forEach(node => add(words, node));
    else {
      const left = piece.closes ? close(frames, piece) : piece.length;
      if (left && piece.opens) frames.push({ run: piece, left, words: [] });
      else if (left) add(frames.at(-1)!.words, piece.mark.repeat(left));
    }
  }
  unwind(frames, 0);
  return frames[0]!.words;
}

/** Pairs a run with those that it closes. What is left of it pairs with none. */
function close(frames: Frame[], run: Run): number {
  const { mark } = run;
  let left = run.length;
  for (let at; left && (at = opener(frames, run, left));) {
    unwind(frames, at);
    const frame = frames[at]!;
    const used = mark === "~" ? left : Math.min(2, left, frame.left);
    const node = { tag: mark === "~" ? "del" : used === 2 ? "strong" : "em", attributes: {}, children: frame.words };
    left -= used;
    frame.left -= used;
    frame.words = [node];
    if (!frame.left) add(frames[at - 1]!.words, frames.pop()!.words[0]!);
  }
  return left;
}

/** Where the nearest run is that this one may close, or 0. */
function opener(frames: readonly Frame[], run: Run, left: number): number {
  for (let at = frames.length - 1; at > 0 && at >= frames.length - farthest; at--) {
    const { run: open, left: free } = frames[at]!;
    if (open!.mark !== run.mark || (run.mark === "~" && free !== left)) continue;
    // `*a**b*`: where a run could do both, lengths that make three are no pair.
    const isOdd =
      (open!.closes || run.opens) && (open!.length + run.length) % 3 === 0 && (open!.length % 3 || run.length % 3);
    if (run.mark === "~" || !isOdd) return at;
  }
  return 0;
}

/** The frames above one were never closed: they are the text they were. */
function unwind(frames: Frame[], at: number): void {
  const { words } = frames[at]!;
  for (const { run, left, words: own } of frames.splice(at + 1))
    [run!.mark.repeat(left), ...own].forEach(node => add(words, node));
}

function add(words: (Made | string)[], node: Made | string): void {
  const last = words.at(-1);
  if (typeof node === "string" && typeof last === "string") words[words.length - 1] = last + node;
  else if (node) words.push(node);
}
