import type { Api, Refusal } from "./api.ts";
import { asked, begin, change, find, grow, isOpen, isPending, merge, nextQueued, put, running, unsent, type Conversation, type Feedback, type Problem, type Turn } from "./conversation.ts";
import { createSession } from "./session.ts";
import type { Store } from "./storage.ts";

export const longest = 4000;
const retry = 10_000;

/** One visitor's conversation: asks in turn, repeats what got lost, keeps the tabs in step. Knows nothing of the screen. */
export type Chat = ReturnType<typeof createChat>;

export function createChat(api: Api, store: Store, channel: string, changed: () => void, emit: (name: string, detail: object) => void, life: AbortSignal) {
  let conversation: Conversation = [];
  let closedFor: Problem | null = null;
  let written = "[]";
  // Whether this page has asked for a session, which may still be on its way.
  let prepared = false;
  let forgetting = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Whether an answer has come although the browser thinks that there is no connection.
  let reached = false;
  const controllers = new Map<string, AbortController>();
  const repeated = new Set<string>();
  // Questions that another tab asks, and sends.
  const theirs = new Set<string>();
  const session = createSession(api, store, () => update(unsent(conversation)));
  let tabs: BroadcastChannel | undefined;
  try {
    tabs = new BroadcastChannel(channel);
    tabs.onmessage = ({ data }: MessageEvent<Turn | null | "left">) => hearTab(data);
  } catch {
    // Where the browser blocks storage it may block this as well: each tab for itself.
  }

  addEventListener("online", pump, { signal: life });
  addEventListener("offline", () => { reached = false; }, { signal: life });
  // Another tab hears out what this one leaves behind.
  addEventListener("pagehide", leaveTabs, { signal: life });
  life.addEventListener("abort", () => {
    leaveTabs();
    hangUp();
    clearTimeout(timer);
    tabs?.close();
  });

  return { load, prepare, ask, again, stop, rate, reset, forget, ours, isOffline: () => !navigator.onLine && !reached, conversation: () => conversation, closedFor: () => closedFor };

  /** Fetches what was said before. A question that is still being answered is joined, not asked again; one that was never sent goes now. */
  async function load(): Promise<void> {
    const saved = store.read();
    for (const turn of saved.unsent) if (!find(conversation, turn.key)) conversation = put(conversation, asked(turn));
    update(conversation);
    if (saved.token || closedFor) await fetchHistory();
    pump();
  }

  /** Before there is a question: the session and the preflight of the message call are out of the way when it comes. */
  function prepare(): void {
    if (prepared || store.read().token) return;
    prepared = true;
    void fetchHistory();
  }

  function ask(question: string): boolean {
    const text = question.trim();
    if (!text || text.length > longest || closedFor || forgetting) return false;
    const turn = asked({ key: newId(), question: text, at: Date.now() });
    conversation = put(conversation, turn);
    // It leaves before anything is kept or drawn of it.
    pump();
    update(conversation);
    tell(turn.key);
    emit("message", { id: turn.key, message: text });
    return true;
  }

  function again(key: string): void {
    repeated.add(key);
    theirs.delete(key);
    alter(key, { status: "queued" });
    pump();
  }

  /** Hears no more of it, and has the bot stopped as well. */
  function stop(): void {
    const open = running(conversation);
    if (open && store.read().token) void session(token => api.stop(token, open.key)).catch(() => 0);
    hangUp();
  }

  function hangUp(): void {
    for (const controller of controllers.values()) controller.abort();
  }

  /** Whether the portal has taken it. */
  async function rate(key: string, feedback: Feedback, comment = ""): Promise<boolean> {
    const before = find(conversation, key)!;
    alter(key, { feedback, comment });
    try {
      await session(token => api.rate(token, before.id!, feedback, comment));
    } catch {
      alter(key, before);
      return false;
    }
    tell(key);
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
    hangUp();
    try {
      // A session that is just being opened is waited for and deleted as well.
      if (prepared || store.read().token) await session(token => api.forget(token));
      leave();
      store.clear();
    } finally {
      forgetting = false;
      pump();
    }
  }

  function leave(): void {
    hangUp();
    controllers.clear();
    theirs.clear();
    prepared = false;
    update([]);
    tabs?.postMessage(null);
  }

  function pump(): void {
    // What a browser thinks of its connection may be wrong: it is tried all the same.
    const turn = nextQueued(conversation.filter(({ key }) => ours(key)));
    if (turn && !forgetting && !running(conversation)) void run(turn.key);
  }

  /** What another tab of the same visitor says: a question and how far it is, that a conversation was left (null), or that the tab goes. */
  function hearTab(told: Turn | null | "left"): void {
    if (told === "left") {
      const left = [...theirs];
      theirs.clear();
      if (conversation.some(turn => left.includes(turn.key) && isPending(turn))) void load();
    } else if (!told) {
      theirs.clear();
      update([]);
    } else if (!controllers.has(told.key)) {
      theirs.add(told.key);
      update(put(conversation, told));
      pump();
    }
  }

  function ours(key: string): boolean {
    return !theirs.has(key);
  }

  function leaveTabs(): void {
    if (conversation.some(turn => ours(turn.key) && isPending(turn))) tabs?.postMessage("left");
  }

  async function run(key: string): Promise<void> {
    if (controllers.has(key)) return;
    const controller = new AbortController();
    const { signal } = controller;
    controllers.set(key, controller);
    prepared = true;
    try {
      const heard = hearOut(key, signal);
      update(conversation);
      tell(key);
      const answer = await heard;
      reached = !navigator.onLine;
      alter(key, answer);
      // Drawn first.
      await null;
      emit(answer.problem ? "error" : "answer", { ...answer, clientMessageId: key, code: answer.problem });
      tell(key);
    } catch (error) {
      alter(key, signal.aborted ? { status: "stopped" } : failure(error as Refusal));
      tell(key);
    }
    controllers.delete(key);
    if (life.aborted) return;
    if (find(conversation, key)?.status === "queued") timer = setTimeout(pump, retry);
    else pump();
  }

  /** A line that breaks is picked up again under the same key, which resumes the same answer. */
  async function hearOut(key: string, signal: AbortSignal): Promise<Partial<Turn>> {
    let again = repeated.delete(key) || undefined;
    let told = 0;
    const hear = (words: string) => {
      if (signal.aborted) return;
      update(grow(conversation, key, words));
      // Other tabs see it grow, but need not see each word.
      if (Date.now() - told < 500) return;
      told = Date.now();
      tell(key);
    };
    conversation = begin(conversation, key);
    for (let attempt = 0; ; attempt++) {
      try {
        return await session(token => api.ask(token, find(conversation, key)!, again, hear, signal));
      } catch (error) {
        if ((error as Refusal).status || attempt > 1 || signal.aborted || !navigator.onLine) throw error;
        again = undefined;
        await new Promise(resolve => {
          signal.onabort = resolve;
          setTimeout(resolve, 600 * 3 ** attempt);
        });
        signal.throwIfAborted();
        update(begin(conversation, key));
      }
    }
  }

  function failure(error: Refusal): Partial<Turn> {
    // Without a connection it waits for one, and tries now and then.
    return error.status || navigator.onLine ? { status: "failed", problem: explain(error), seconds: error.seconds, answer: error.answer ?? "" } : { status: "queued", answer: "" };
  }

  async function fetchHistory(): Promise<void> {
    try {
      const history = await session(token => api.history(token));
      closedFor = null;
      update(merge(conversation, history));
      for (const { key } of conversation.filter(isOpen)) void run(key);
    } catch (error) {
      explain(error as Refusal);
    }
  }

  /** What to tell the visitor. A widget that is off, or not meant for this website, takes no more questions. */
  function explain({ status, message }: Refusal): Problem {
    const code = status ? message : "network";
    const problem = (/network|rate|long|demo(?=_used)|widget(?!_over|_demo_used)|origin/.exec(code)?.[0] ?? "failed") as Problem;
    if (/widget|demo|origin/.test(problem)) closedFor = problem;
    emit("error", { code });
    changed();
    return problem;
  }

  function update(next: Conversation): void {
    const before = conversation;
    conversation = next;
    const ours = unsent(next).map(turn => ({ key: turn.key, question: turn.question, at: turn.at, problem: turn.problem, status: isOpen(turn) ? "queued" : turn.status }));
    const now = JSON.stringify(ours);
    if (now !== written) {
      written = now;
      // Another tab keeps its own questions there.
      store.change({ unsent: [...store.read().unsent.filter(({ key }) => !find(before, key) && !find(next, key)), ...ours] });
    }
    changed();
  }

  function alter(key: string, part: Partial<Turn>): void {
    update(change(conversation, key, part));
  }

  function tell(key: string): void {
    const turn = find(conversation, key);
    if (turn && !life.aborted) tabs?.postMessage(turn);
  }
}

/** `crypto.randomUUID` exists on https pages only; elsewhere an object URL ends in a random UUID just as well. */
export function newId(): string {
  return crypto.randomUUID?.() ?? URL.createObjectURL(new Blob()).slice(-36);
}
