import type { Api, Page, Refusal } from "./api.ts";
import { asked, begin, change, empty, fail, find, grow, isOpen, merge, nextQueued, put, running, unsent, type Conversation, type Feedback, type Problem, type Turn } from "./conversation.ts";
import { createSession } from "./session.ts";
import type { Store } from "./storage.ts";

export const longest = 4000;

/** One visitor's conversation: asks in turn, repeats what got lost, keeps the tabs in step. Knows nothing of the screen. */
export type Chat = ReturnType<typeof createChat>;

export function createChat(api: Api, store: Store, channel: string, page: () => Page, changed: () => void, emit: (name: string, detail: object) => void, life: AbortSignal) {
  let conversation: Conversation = empty;
  let closedFor: Problem | null = null;
  const controllers = new Map<string, AbortController>();
  const session = createSession(api, store, page, () => update({ turns: unsent(conversation) }));
  const tabs = new BroadcastChannel(channel);

  for (const { key, question, at } of store.read().unsent) conversation = fail(put(conversation, asked(key, question, at)), key, "network");
  tabs.onmessage = ({ data }: MessageEvent<Turn | null>) => update(data ? put(conversation, data) : empty);
  addEventListener("online", pump, { signal: life });
  life.addEventListener("abort", () => {
    hangUp();
    tabs.close();
  });

  return { load, prepare, ask, again, stop, rate, reset, forget, conversation: () => conversation, closedFor: () => closedFor };

  /** Fetches what was said before; a question that is still being answered is joined, not asked again. */
  async function load(): Promise<void> {
    if (!store.read().token) return;
    await fetchHistory(history => {
      update(merge(conversation, history));
      for (const { key } of conversation.turns.filter(isOpen)) void run(key);
    });
  }

  /** While the visitor types: the session and the preflight of the message call are out of the way when Enter is pressed. */
  function prepare(): void {
    if (!store.read().token) void fetchHistory(() => undefined);
  }

  function ask(question: string): boolean {
    const text = question.trim();
    if (!text || text.length > longest || closedFor) return false;
    const turn = asked(newId(), text, Date.now());
    update(put(conversation, turn));
    emit("message", { id: turn.key, message: text });
    pump();
    return true;
  }

  function again(key: string): void {
    update(change(conversation, key, { status: "queued" }));
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

  async function rate(key: string, feedback: Feedback, comment = ""): Promise<void> {
    const before = find(conversation, key)!;
    update(change(conversation, key, { feedback, comment }));
    try {
      await session(token => api.rate(token, before.id!, feedback, comment));
      tell(key);
      emit("feedback", { id: before.id, value: feedback });
    } catch {
      update(change(conversation, key, before));
    }
  }

  /** A new conversation of the same visitor. The old one stays where it is. */
  function reset(): void {
    store.change({ token: null });
    leave();
  }

  /** Deletes the conversation on the server, then every trace of it here. Throws when the server could not do it. */
  async function forget(): Promise<void> {
    hangUp();
    if (store.read().token) await session(token => api.forget(token));
    leave();
    store.clear();
  }

  function leave(): void {
    hangUp();
    controllers.clear();
    update(empty);
    tabs.postMessage(null);
  }

  function pump(): void {
    const turn = nextQueued(conversation);
    if (turn && !running(conversation) && navigator.onLine) void run(turn.key);
  }

  async function run(key: string): Promise<void> {
    if (controllers.has(key)) return;
    const controller = new AbortController();
    const { signal } = controller;
    controllers.set(key, controller);
    update(begin(conversation, key));
    try {
      const answer = await hearOut(key, signal);
      update(change(conversation, key, answer));
      emit(answer.problem ? "error" : "answer", { ...answer, clientMessageId: key });
      tell(key);
    } catch (error) {
      if (signal.aborted) update(change(conversation, key, { status: "stopped" }));
      else failed(key, error as Refusal);
    }
    if (controllers.get(key) === controller) controllers.delete(key);
    if (!life.aborted) pump();
  }

  /** A line that breaks is picked up again under the same key, which resumes the same answer. */
  async function hearOut(key: string, signal: AbortSignal): Promise<Partial<Turn>> {
    for (let attempt = 0; ; attempt++) {
      const hear = (words: string) => { if (!signal.aborted) update(grow(conversation, key, words)); };
      try {
        return await session(token => api.ask(token, find(conversation, key)!, page(), hear, signal));
      } catch (error) {
        if ((error as Refusal).status || attempt > 1 || signal.aborted || !navigator.onLine) throw error;
        await new Promise(resolve => setTimeout(resolve, 600 * 3 ** attempt));
        update(begin(conversation, key));
      }
    }
  }

  function failed(key: string, error: Refusal): void {
    if (error.status || navigator.onLine) update(fail(conversation, key, explain(error), error.seconds));
    else update(change(conversation, key, { status: "queued", answer: "" }));
  }

  async function fetchHistory(use: (history: Turn[]) => void): Promise<void> {
    try {
      const history = await session(token => api.history(token));
      closedFor = null;
      use(history);
    } catch (error) {
      explain(error as Refusal);
    }
  }

  /** What to tell the visitor. A widget that is off, or not meant for this website, takes no more questions. */
  function explain({ status, code: given }: Refusal): Problem {
    const code = status ? given : "network";
    const problem = (/network|rate|long|widget|origin/.exec(code)?.[0] ?? "failed") as Problem;
    if (problem === "widget" || problem === "origin") closedFor = problem;
    emit("error", { code });
    changed();
    return problem;
  }

  function update(next: Conversation): void {
    conversation = next;
    const left = unsent(next);
    if (`${left.map(t => t.key)}` !== `${store.read().unsent.map(t => t.key)}`) {
      store.change({ unsent: left.map(({ key, question, at }) => ({ key, question, at })) });
    }
    changed();
  }

  function tell(key: string): void {
    const turn = find(conversation, key);
    if (turn) tabs.postMessage(turn);
  }
}

/** `crypto.randomUUID` exists on https pages only; elsewhere an object URL ends in a random UUID just as well. */
export function newId(): string {
  return crypto.randomUUID?.() ?? URL.createObjectURL(new Blob()).slice(-36);
}
