import type { Emit } from "../emit.ts";
import type { Api, Refusal } from "./api.ts";
import { asked, find, isOpen, isPending, longest, merge, put, running, unsent, type Feedback } from "./conversation.ts";
import { createDelivery } from "./delivery.ts";
import { createProblems } from "./problems.ts";
import { createSession } from "./session.ts";
import type { Store } from "./storage.ts";
import { createTabs } from "./tabs.ts";
import { createTurns } from "./turns.ts";

/** One visitor's conversation: asks in turn, repeats what got lost, keeps the tabs in step. Knows nothing of the screen. */
export type Chat = ReturnType<typeof createChat>;

export function createChat(
  api: Api,
  store: Store,
  channel: string,
  changed: () => void,
  emit: Emit,
  lifetime: AbortSignal,
) {
  // Whether this page has asked for a session, which may still be on its way.
  let prepared = false;
  let forgetting = false;
  const turns = createTurns(store, changed);
  const problems = createProblems(emit, changed);
  const session = createSession(api, store, () => turns.update(unsent(turns.all())));
  const tabs = createTabs(
    channel,
    {
      asks: key => delivery.isAsking(key),
      heard(turn): void {
        turns.update(put(turns.all(), turn));
        delivery.pump();
      },
      left(keys): void {
        if (turns.all().some(turn => keys.includes(turn.key) && isPending(turn))) void load();
      },
      reset(): void {
        turns.update([]);
      },
    },
    lifetime,
  );
  const delivery = createDelivery({
    api,
    session,
    turns,
    tabs,
    problems,
    emit,
    isPaused: () => forgetting,
    begun: () => {
      prepared = true;
    },
    lifetime,
  });

  // Another tab hears out what this one leaves behind.
  addEventListener("pagehide", leaveTabs, { signal: lifetime });
  lifetime.addEventListener("abort", () => {
    leaveTabs();
    delivery.end();
    tabs.close();
  });

  return {
    load,
    prepare,
    ask,
    again,
    stop,
    rate,
    reset,
    forget,
    isOurs: tabs.isOurs,
    isOffline: delivery.isOffline,
    conversation: turns.all,
    closedFor: problems.closedFor,
  };

  /** Fetches what was said before. A question that is still being answered is joined, not asked again; one that was never sent goes now. */
  async function load(): Promise<void> {
    const saved = store.read();
    let conversation = turns.all();
    for (const turn of saved.unsent) if (!find(conversation, turn.key)) conversation = put(conversation, asked(turn));
    turns.update(conversation);
    if (saved.token || problems.closedFor()) await fetchHistory();
    delivery.pump();
  }

  /** Before there is a question: the session and the preflight of the message call are out of the way when it comes. */
  function prepare(): void {
    if (prepared || store.read().token) return;
    prepared = true;
    void fetchHistory();
  }

  function ask(question: string): boolean {
    const text = question.trim();
    if (!text || text.length > longest || problems.closedFor() || forgetting) return false;
    const turn = asked({ key: newId(), question: text, at: Date.now() });
    turns.stage(put(turns.all(), turn));
    // It leaves before anything is kept or drawn of it.
    delivery.pump();
    turns.update();
    tabs.tell(turns.find(turn.key));
    emit("message", { id: turn.key, message: text });
    return true;
  }

  function again(key: string): void {
    delivery.repeat(key);
    tabs.takeOver(key);
    turns.alter(key, { status: "queued" });
    delivery.pump();
  }

  /** Hears no more of it, and has the bot stopped as well. */
  function stop(): void {
    const open = running(turns.all());
    if (open && store.read().token) void session(token => api.stop(token, open.key)).catch(() => 0);
    delivery.hangUp();
  }

  /** Whether the portal has taken it. */
  async function rate(key: string, feedback: Feedback, comment = ""): Promise<boolean> {
    const before = turns.find(key)!;
    turns.alter(key, { feedback, comment });
    try {
      await session(token => api.rate(token, before.id!, feedback, comment));
    } catch {
      turns.alter(key, before);
      return false;
    }
    tabs.tell(turns.find(key));
    emit("feedback", { id: before.id, value: feedback, comment });
    return true;
  }

  /** A new conversation of the same visitor. The old one stays where it is. */
  function reset(): void {
    store.change({ token: null });
    leave();
  }

  /** Deletes the conversation on the server, then every trace of it here. Throws when the server could not do it. */
  async function forget(): Promise<void> {
    forgetting = true;
    delivery.hangUp();
    try {
      // A session that is just being opened is waited for and deleted as well.
      if (prepared || store.read().token) await session(token => api.forget(token));
      leave();
      store.clear();
    } finally {
      forgetting = false;
      delivery.pump();
    }
  }

  function leave(): void {
    delivery.forget();
    prepared = false;
    turns.update([]);
    tabs.tellReset();
  }

  function leaveTabs(): void {
    if (turns.all().some(turn => tabs.isOurs(turn.key) && isPending(turn))) tabs.tellLeft();
  }

  async function fetchHistory(): Promise<void> {
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

/** `crypto.randomUUID` exists on https pages only; elsewhere an object URL ends in a random UUID just as well. */
export function newId(): string {
  return crypto.randomUUID?.() ?? URL.createObjectURL(new Blob()).slice(-36);
}
