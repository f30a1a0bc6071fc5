import type { Emit } from "../emit.ts";
import type { Api } from "./api.ts";
import { asked, isPending, longest, put, running, unsent, type Feedback, type Turn } from "./conversation.ts";
import { createDelivery } from "./delivery.ts";
import { createHistory } from "./history.ts";
import { createProblems } from "./problems.ts";
import { createSession } from "./session.ts";
import type { Store } from "./storage.ts";
import { createTabs } from "./tabs.ts";
import { createTurns } from "./turns.ts";

/** One visitor's conversation: sends questions in turn, retries what was lost, keeps tabs in sync. It does not know the display. */
export type Chat = ReturnType<typeof createChat>;

export function createChat(
  api: Api,
  store: Store,
  channel: string,
  changed: () => void,
  emit: Emit,
  lifetime: AbortSignal,
) {
  // Whether this page has requested a session, which may still be on its way.
  let prepared = false;
  let forgetting = false;
  const turns = createTurns(store, changed);
  const problems = createProblems(emit, changed);
  const session = createSession(api, store, () => turns.update(unsent(turns.all())));
  const tabs = createTabs(channel, { asks, heard, left, reset: () => turns.update([]) }, lifetime);
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
  const history = createHistory({ api, session, store, turns, problems, delivery });

  // Another tab receives the answers that this one leaves behind.
  addEventListener("pagehide", leaveTabs, { signal: lifetime });
  lifetime.addEventListener("abort", () => {
    leaveTabs();
    delivery.end();
    tabs.close();
  });

  return {
    load: history.load,
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

  /** Before there is a question: the session and the preflight of the message call are out of the way when it comes. */
  function prepare(): void {
    if (prepared || store.read().token) return;
    prepared = true;
    void history.refresh();
  }

  function ask(question: string): boolean {
    const text = question.trim();
    if (!text || text.length > longest || problems.closedFor() || forgetting) return false;
    const turn = asked({ key: newId(), question: text, at: Date.now() });
    turns.stage(put(turns.all(), turn));
    // It is sent before anything is stored or rendered.
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

  /** Stops receiving, and stops the bot as well. */
  function stop(): void {
    const open = running(turns.all());
    if (open && store.read().token) void session(token => api.stop(token, open.key)).catch(() => 0);
    delivery.hangUp();
  }

  /** Whether the portal has accepted it. */
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

  /** A new conversation of the same visitor. The old one is kept. */
  function reset(): void {
    store.change({ token: null });
    leave();
  }

  /** Deletes the conversation on the server, then every trace of it here. Throws if the server could not delete it. */
  async function forget(): Promise<void> {
    forgetting = true;
    delivery.hangUp();
    try {
      // A session that is just being opened is awaited and deleted as well.
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

  function asks(key: string): boolean {
    return delivery.isAsking(key);
  }

  /** Another tab has said it, or heard more of it. */
  function heard(turn: Turn): void {
    turns.update(put(turns.all(), turn));
    delivery.pump();
  }

  /** Another tab is gone, and nobody hears the answers to these any more. */
  function left(keys: readonly string[]): void {
    if (turns.all().some(turn => keys.includes(turn.key) && isPending(turn))) void history.load();
  }
}

/** `crypto.randomUUID` exists on https pages only; elsewhere an object URL ends in a random UUID just as well. */
export function newId(): string {
  return crypto.randomUUID?.() ?? URL.createObjectURL(new Blob()).slice(-36);
}
