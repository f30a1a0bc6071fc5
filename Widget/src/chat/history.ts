import type { Api, Refusal } from "./api.ts";
import { asked, find, isOpen, merge, put } from "./conversation.ts";
import type { Delivery } from "./delivery.ts";
import type { Problems } from "./problems.ts";
import type { Session } from "./session.ts";
import type { Store } from "./storage.ts";
import type { Turns } from "./turns.ts";

type Means = {
  readonly api: Api;
  readonly session: Session;
  readonly store: Store;
  readonly turns: Turns;
  readonly problems: Problems;
  readonly delivery: Delivery;
};

/** What was said before, on this page or another. */
export function createHistory({ api, session, store, turns, problems, delivery }: Means) {
  return { load, refresh };

  /** Fetches it. A question that is still being answered is joined, not asked again; one that was never sent goes now. */
  async function load(): Promise<void> {
    const saved = store.read();
    let conversation = turns.all();
    for (const turn of saved.unsent) if (!find(conversation, turn.key)) conversation = put(conversation, asked(turn));
    turns.update(conversation);
    if (saved.token || problems.closedFor()) await refresh();
    delivery.pump();
  }

  async function refresh(): Promise<void> {
    try {
      const before = turns.all();
      const history = await session(token => api.history(token));
      problems.clear();
      turns.update(merge(turns.all(), history, before));
      for (const { key } of turns.all().filter(isOpen)) void delivery.run(key);
    } catch (error) {
      problems.explain(error as Refusal);
    }
  }
}
