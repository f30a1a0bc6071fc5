import { change, find, isOpen, unsent, type Conversation, type Turn } from "./conversation.ts";
import type { Store, Unsent } from "./storage.ts";

export type Turns = ReturnType<typeof createTurns>;

/** The conversation as this page knows it. Turns that the portal may never have received are kept in the visitor's browser. */
export function createTurns(store: Store, changed: () => void) {
  let conversation: Conversation = [];
  let kept = "[]";

  return {
    all: () => conversation,
    find: (key: string) => find(conversation, key),
    stage,
    update,
    alter,
  };

  /** Neither stored nor rendered before the next `update`, because a question is sent first. */
  function stage(next: Conversation): void {
    conversation = next;
  }

  function update(next = conversation): void {
    const before = conversation;
    conversation = next;
    keep(before, unsent(next).map(toUnsent));
    changed();
  }

  function alter(key: string, part: Partial<Turn>): void {
    update(change(conversation, key, part));
  }

  function keep(before: Conversation, ours: readonly Unsent[]): void {
    const now = JSON.stringify(ours);
    if (now === kept) return;
    kept = now;
    // Another tab stores its own questions there.
    const theirs = store.read().unsent.filter(({ key }) => !find(before, key) && !find(conversation, key));
    store.change({ unsent: [...theirs, ...ours] });
  }
}

function toUnsent(turn: Turn): Unsent {
  const { key, question, at, problem, status } = turn;
  return { key, question, at, problem, status: isOpen(turn) ? "queued" : status };
}
