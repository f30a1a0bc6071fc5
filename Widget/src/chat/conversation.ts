/** The maximum length of a question, in characters. */
export const longest = 4000;

/** `queued` waits for its turn or a connection, `waiting` for the first text, `failed` for the visitor. */
export type Status = "queued" | "waiting" | "streaming" | "answered" | "failed" | "stopped";
/** Named like the portal's codes: `rate_limited`, `message_too_long`, `widget_off`, `origin_not_allowed`. */
export type Problem = "failed" | "network" | "rate" | "long" | "widget" | "demo" | "origin";
export type Feedback = "up" | "down" | null;
export type Source = { readonly title: string; readonly url: string };

/** A question and its outcome. `key` is generated here and sent along, so that sending it twice counts once. */
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
  /** The visitor's comment on a rating. */
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

/**
 * Adds a turn, or replaces the one with the same key; receiving the same twice changes nothing. Unsent questions stay in the order in which
 * they were asked.
 */
export function put(conversation: Conversation, turn: Turn): Conversation {
  if (find(conversation, turn.key)) return change(conversation, turn.key, turn);
  const later = conversation.findIndex(t => t.id === null && t.at > turn.at);
  const at = later < 0 ? conversation.length : later;
  return [...conversation.slice(0, at), turn, ...conversation.slice(at)];
}

export function change(conversation: Conversation, key: string, part: Partial<Turn>): Conversation {
  return conversation.map(t => (t.key === key ? { ...t, ...part } : t));
}

/** More text of an answer. Text that arrives after its end is not part of it. */
export function grow(conversation: Conversation, key: string, text: string): Conversation {
  const turn = find(conversation, key);
  return turn && isOpen(turn)
    ? change(conversation, key, { status: "streaming", answer: turn.answer + text })
    : conversation;
}

/** Starts or retries a question: the same key, without the results of an earlier attempt. */
export function begin(conversation: Conversation, key: string): Conversation {
  return change(conversation, key, { ...unanswered, status: "waiting" });
}

/**
 * The server's turns, in its order, then those that only this page has. An answer in progress is not replaced by its own pending row, and
 * one that ended after the history was requested stays.
 * @param before The conversation as it was when the history was requested.
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

/** The turns to keep over a reload, because the server may never have received them. */
export function unsent(conversation: Conversation): Conversation {
  return conversation.filter(t => t.id === null && t.status !== "answered");
}
