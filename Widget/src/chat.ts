import { Refusal, type Api, type Page } from "./api.ts";
import { asked, begin, change, empty, fail, find, grow, isOpen, merge, nextQueued, put, running, unsent, type Conversation, type Feedback, type Problem, type Turn } from "./conversation.ts";
import { Session } from "./session.ts";
import type { Store } from "./storage.ts";

export const longest = 4000;

const problems: Readonly<Record<string, Problem>> = {
  rate_limited: "slow", message_too_long: "long", widget_not_found: "off", widget_off: "off", origin_not_allowed: "origin",
};

/** One visitor's conversation: asks in turn, repeats what got lost, keeps the tabs in step. Knows nothing of the screen. */
export class Chat {
  conversation: Conversation = empty;
  closedFor: Problem | null = null;

  readonly #api: Api;
  readonly #store: Store;
  readonly #page: () => Page;
  readonly #changed: () => void;
  readonly #emit: (name: string, detail: object) => void;
  readonly #session: Session;
  readonly #running = new Map<string, AbortController>();
  readonly #tabs: BroadcastChannel;

  constructor(api: Api, store: Store, channel: string, page: () => Page, changed: () => void, emit: (name: string, detail: object) => void, life: AbortSignal) {
    this.#api = api;
    this.#store = store;
    this.#page = page;
    this.#changed = changed;
    this.#emit = emit;
    this.#session = new Session(api, store, page, () => this.#set({ turns: unsent(this.conversation) }));
    for (const { key, question, at } of store.read().unsent) {
      this.conversation = fail(put(this.conversation, asked(key, question, at)), key, "network");
    }
    this.#tabs = new BroadcastChannel(channel);
    this.#tabs.onmessage = ({ data }: MessageEvent<Turn | null>) => this.#set(data ? put(this.conversation, data) : empty);
    addEventListener("online", () => this.#pump(), { signal: life });
    life.addEventListener("abort", () => {
      this.stop();
      this.#tabs.close();
    });
  }

  /** Fetches what was said before; a question that is still being answered is joined, not asked again. */
  async load(): Promise<void> {
    if (!this.#store.read().token) return;
    await this.#fetch(history => {
      this.#set(merge(this.conversation, history));
      for (const { key } of this.conversation.turns.filter(isOpen)) void this.#run(key);
    });
  }

  /** While the visitor types: the session and the preflight of the message call are out of the way when Enter is pressed. */
  prepare(): void {
    if (!this.#store.read().token) void this.#fetch(() => undefined);
  }

  ask(question: string): boolean {
    const text = question.trim();
    if (!text || text.length > longest || this.closedFor) return false;
    const turn = asked(newId(), text, Date.now());
    this.#set(put(this.conversation, turn));
    this.#emit("message", { id: turn.key, message: text });
    this.#pump();
    return true;
  }

  again(key: string): void {
    this.#set(change(this.conversation, key, { status: "queued" }));
    this.#pump();
  }

  stop(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  async rate(key: string, feedback: Feedback, comment?: string): Promise<void> {
    const before = find(this.conversation, key)!;
    this.#set(change(this.conversation, key, { feedback }));
    try {
      await this.#session.use(token => this.#api.rate(token, before.id!, feedback, comment));
      this.#tell(key);
      this.#emit("feedback", { id: before.id, value: feedback });
    } catch {
      this.#set(change(this.conversation, key, { feedback: before.feedback }));
    }
  }

  /** A new conversation of the same visitor. The old one stays where it is. */
  reset(): void {
    this.#store.change({ token: null });
    this.#leave();
  }

  /** Deletes the conversation on the server, then every trace of it here. Throws when the server could not do it. */
  async forget(): Promise<void> {
    this.stop();
    if (this.#store.read().token) await this.#session.use(token => this.#api.forget(token));
    this.#leave();
    this.#store.clear();
  }

  #leave(): void {
    this.stop();
    this.#running.clear();
    this.#set(empty);
    this.#tabs.postMessage(null);
  }

  #pump(): void {
    const turn = nextQueued(this.conversation);
    if (turn && !running(this.conversation) && navigator.onLine) void this.#run(turn.key);
  }

  async #run(key: string): Promise<void> {
    if (this.#running.has(key)) return;
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(key, controller);
    this.#set(begin(this.conversation, key));
    try {
      const answer = await this.#ask(key, signal);
      this.#set(change(this.conversation, key, answer));
      this.#emit(answer.problem ? "error" : "answer", { ...answer, clientMessageId: key });
      this.#tell(key);
    } catch (error) {
      if (signal.aborted) this.#set(change(this.conversation, key, { status: "stopped" }));
      else this.#failed(key, error);
    }
    if (this.#running.get(key) === controller) this.#running.delete(key);
    if (!signal.aborted) this.#pump();
  }

  /** A line that breaks is picked up again under the same key, which resumes the same answer. */
  async #ask(key: string, signal: AbortSignal): Promise<Partial<Turn>> {
    for (let attempt = 0; ; attempt++) {
      const hear = (words: string) => { if (!signal.aborted) this.#set(grow(this.conversation, key, words)); };
      try {
        return await this.#session.use(token => this.#api.ask(token, find(this.conversation, key)!, this.#page(), hear, signal));
      } catch (error) {
        if (error instanceof Refusal || attempt > 1 || signal.aborted || !navigator.onLine) throw error;
        await new Promise(resolve => setTimeout(resolve, 600 * 3 ** attempt));
        this.#set(begin(this.conversation, key));
      }
    }
  }

  #failed(key: string, error: unknown): void {
    if (error instanceof Refusal || navigator.onLine) this.#set(fail(this.conversation, key, this.#problem(error), error instanceof Refusal ? error.seconds : 0));
    else this.#set(change(this.conversation, key, { status: "queued", answer: "" }));
  }

  async #fetch(use: (history: Turn[]) => void): Promise<void> {
    try {
      use(await this.#session.use(token => this.#api.history(token)));
    } catch (error) {
      this.#problem(error);
    }
  }

  /** What to tell the visitor. A widget that is off, or not meant for this website, takes no more questions. */
  #problem(error: unknown): Problem {
    const code = error instanceof Refusal ? error.code : "network";
    const problem = problems[code] ?? (code === "network" ? code : "failed");
    if (problem === "off" || problem === "origin") this.closedFor = problem;
    this.#emit("error", { code });
    this.#changed();
    return problem;
  }

  #set(conversation: Conversation): void {
    this.conversation = conversation;
    const left = unsent(conversation);
    if (`${left.map(t => t.key)}` !== `${this.#store.read().unsent.map(t => t.key)}`) {
      this.#store.change({ unsent: left.map(({ key, question, at }) => ({ key, question, at })) });
    }
    this.#changed();
  }

  #tell(key: string): void {
    this.#tabs.postMessage(find(this.conversation, key));
  }
}

/** `crypto.randomUUID` exists on https pages only; websites without it still exist. */
export function newId(): string {
  return crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, digit =>
    (+digit ^ crypto.getRandomValues(new Uint8Array(1))[0]! & 15 >> +digit / 4).toString(16));
}
