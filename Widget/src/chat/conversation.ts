/** Characters of a question. */
export const longest = 4000;

/** `queued` waits for its turn or a connection, `waiting` for the first word, `failed` for the visitor. */
export type Status = "queued" | "waiting" | "streaming" | "answered" | "failed" | "stopped";
/** Named by the word that the portal's codes have for it: `rate_limited`, `message_too_long`, `widget_off`, `origin_not_allowed`. */
export type Problem = "failed" | "network" | "rate" | "long" | "widget" | "demo" | "origin";
export type Feedback = "up" | "down" | null;
export type Source = { readonly title: string; readonly url: string };

/** A question and what became of it. `key` is made here and sent along, so that asking twice is asking once. */
export type Turn = {
  readonly key: string;
  readonly id: string | null;
  readonly question: string;
  readonly at: number;
  readonly status: Status;
  readonly answer: string;
  readonly author: "ai" | "person";
  readonly problem: Problem | null;
  readonly seconds: number;
  readonly feedback: Feedback;
  /** What the visitor added to a thumb. */
  readonly comment: string;
  readonly sources: readonly Source[];
  readonly suggestions: readonly string[];
};

export type Conversation = readonly Turn[];

const unanswered = {
  id: null,
  status: "queued",
  answer: "",
  author: "ai",
  problem: null,
  seconds: 0,
  feedback: null,
  comment: "",
  sources: [],
  suggestions: [],
} as const;

export function asked(turn: Pick<Turn, "key" | "question" | "at"> & Partial<Turn>): Turn {
  return { ...unanswered, ...turn };
}

/** Adds a turn, or replaces the one with the same key. Hearing the same thing twice changes nothing. Questions that the server has not heard stand as they were asked. */
export function put(conversation: Conversation, turn: Turn): Conversation {
  if (find(conversation, turn.key)) return change(conversation, turn.key, turn);
  const later = conversation.findIndex(t => t.id === null && t.at > turn.at);
  const at = later < 0 ? conversation.length : later;
  return [...conversation.slice(0, at), turn, ...conversation.slice(at)];
}

export function change(conversation: Conversation, key: string, part: Partial<Turn>): Conversation {
  return conversation.map(t => (t.key === key ? { ...t, ...part } : t));
}

/** More words of an answer. Words that come after its end are not part of it. */
export function grow(conversation: Conversation, key: string, text: string): Conversation {
  const turn = find(conversation, key);
  return turn && isOpen(turn)
    ? change(conversation, key, { status: "streaming", answer: turn.answer + text })
    : conversation;
}

/** Starts a question (again): the same key, none of what an earlier attempt left behind. */
export function begin(conversation: Conversation, key: string): Conversation {
  return change(conversation, key, { ...unanswered, status: "waiting" });
}

/**
 * What the server knows, in its order, then what only this page knows. A running answer is not overtaken by its own pending row, and what
 * was answered since the history was asked for stays.
 * @param before The conversation as it was when the history was asked for.
 */
export function merge(conversation: Conversation, history: readonly Turn[], before = conversation): Conversation {
  const known = history.map(theirs => {
    const ours = find(conversation, theirs.key);
    return ours && isOpen(ours) && isOpen(theirs) ? ours : theirs;
  });
  return [...known, ...conversation.filter(t => !find(history, t.key) && find(before, t.key)?.status !== "answered")];
}

export function find(conversation: Conversation, key: string): Turn | undefined {
  return conversation.find(t => t.key === key);
}

export function isOpen(turn: Turn): boolean {
  return turn.status === "waiting" || turn.status === "streaming";
}

/** Whether its answer is still to come. */
export function isPending(turn: Turn): boolean {
  return isOpen(turn) || turn.status === "queued";
}

export function running(conversation: Conversation): Turn | undefined {
  return conversation.find(isOpen);
}

export function nextQueued(conversation: Conversation): Turn | undefined {
  return conversation.find(t => t.status === "queued");
}

/** What must survive a reload because the server may never have heard it. */
export function unsent(conversation: Conversation): Conversation {
  return conversation.filter(t => t.id === null && t.status !== "answered");
}
