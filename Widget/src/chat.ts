import { Refusal, type Api, type Page } from "./api.ts";
import { asked, begin, change, empty, fail, find, grow, isOpen, merge, nextQueued, put, running, unsent, type Conversation, type Feedback, type Problem, type Turn } from "./conversation.ts";
import { Session } from "./session.ts";
import type { Store } from "./storage.ts";

export const longest = 4000;

type Wishes = {
  readonly api: Api;
  readonly store: Store;
  readonly widgetId: string;
  readonly page: () => Page;
  readonly changed: () => void;
  readonly emit: (name: string, detail: object) => void;
  readonly life: AbortSignal;
};

/** One visitor's conversation: asks in turn, repeats what got lost, keeps the tabs in step. Knows nothing of the screen. */
export class Chat {
  conversation: Conversation = empty;
  closedFor: Problem | null = null;

  readonly #with: Wishes;
  readonly #session: Session;
  readonly #running = new Map<string, AbortController>();
  readonly #tabs: BroadcastChannel | null;

  constructor(wishes: Wishes) {
    const { api, store, page, life, widgetId } = this.#with = wishes;
    this.#session = new Session(api, store, page, life);
    this.#session.onLost = () => this.#set({ turns: unsent(this.conversation) });
    for (const item of store.read().unsent) {
      this.conversation = fail(put(this.conversation, asked(item.key, item.question, item.at)), item.key, "network");
    }
    this.#tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel(`chat-widget:${widgetId}`) : null;
    this.#tabs?.addEventListener("message", ({ data }: MessageEvent<Turn | null>) => {
      this.#set(data ? put(this.conversation, data) : empty, false);
    }, { signal: life });
    globalThis.addEventListener("online", () => this.#pump(), { signal: life });
    life.addEventListener("abort", () => {
      this.stop();
      this.#tabs?.close();
    });
  }

  /** Fetches what was said before; a question that is still being answered is joined, not asked again. */
  async load(): Promise<void> {
    if (!this.#session.exists) return;
    try {
      const history = await this.#session.use(token => this.#with.api.history(token, this.#with.life));
      this.#set(merge(this.conversation, history));
      for (const turn of this.conversation.turns) if (isOpen(turn)) void this.#run(turn.key);
    } catch (error) {
      this.#close(error);
    }
  }

  /** While the visitor types: the session and the preflight of the message call are out of the way when Enter is pressed. */
  prepare(): void {
    if (this.#session.exists || this.closedFor) return;
    this.#session.use(token => this.#with.api.history(token, this.#with.life)).catch(error => this.#close(error));
  }

  ask(question: string): boolean {
    const text = question.trim();
    if (text === "" || text.length > longest || this.closedFor) return false;
    const turn = asked(newId(), text, Date.now());
    this.#set(put(this.conversation, turn));
    this.#with.emit("message", { id: turn.key, message: text });
    this.#pump();
    return true;
  }

  again(key: string): void {
    this.#set(change(this.conversation, key, { status: "queued", problem: null }));
    this.#pump();
  }

  stop(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  async rate(key: string, feedback: Feedback, comment?: string): Promise<void> {
    const before = find(this.conversation, key);
    const id = before?.id;
    if (!id) return;
    this.#set(change(this.conversation, key, { feedback }));
    try {
      await this.#session.use(token => this.#with.api.rate(token, id, feedback, comment, this.#with.life));
      this.#tell(key);
      this.#with.emit("feedback", { id, value: feedback });
    } catch {
      this.#set(change(this.conversation, key, { feedback: before.feedback }));
    }
  }

  /** A new conversation of the same visitor. The old one stays where it is. */
  reset(): void {
    this.#leave();
    this.#with.store.change({ token: null, unsent: [] });
  }

  /** Deletes the conversation on the server, then every trace of it here. Throws when the server could not be reached. */
  async forget(): Promise<void> {
    this.stop();
    if (this.#session.exists) {
      await this.#session.use(token => this.#with.api.forget(token, this.#with.life)).catch(error => {
        if (!(error instanceof Refusal) || error.status >= 500 || error.status === 429) throw error;
      });
    }
    this.#leave();
    this.#with.store.clear();
  }

  #leave(): void {
    this.stop();
    this.#running.clear();
    this.#set(empty);
    this.#tabs?.postMessage(null);
  }

  #pump(): void {
    if (running(this.conversation) || navigator.onLine === false) return;
    const turn = nextQueued(this.conversation);
    if (turn) void this.#run(turn.key);
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
      this.#with.emit(answer.status === "answered" ? "answer" : "error", { ...answer, clientMessageId: key });
      this.#tell(key);
    } catch (error) {
      if (signal.aborted) this.#set(change(this.conversation, key, { status: "stopped" }));
      else this.#failed(key, error);
    } finally {
      if (this.#running.get(key) === controller) this.#running.delete(key);
      if (!this.#with.life.aborted) this.#pump();
    }
  }

  /** A line that breaks is picked up again under the same key, which resumes the same answer. */
  async #ask(key: string, signal: AbortSignal): Promise<Partial<Omit<Turn, "key">>> {
    for (let attempt = 0; ; attempt++) {
      const turn = find(this.conversation, key);
      if (!turn) throw new TypeError("The question is gone");
      try {
        const hear = (words: string) => { if (!signal.aborted) this.#set(grow(this.conversation, key, words)); };
        return await this.#session.use(token => this.#with.api.ask(token, turn, this.#with.page(), hear, signal));
      } catch (error) {
        if (!(error instanceof TypeError) || attempt === 2 || signal.aborted || navigator.onLine === false) throw error;
        await pause(600 * 3 ** attempt, signal);
        this.#set(begin(this.conversation, key));
      }
    }
  }

  #failed(key: string, error: unknown): void {
    if (!(error instanceof Refusal) && navigator.onLine === false) {
      this.#set(change(this.conversation, key, { status: "queued", answer: "" }));
      return;
    }
    const problem = problemOf(error);
    this.#set(fail(this.conversation, key, problem, error instanceof Refusal ? error.seconds : 0));
    this.#with.emit("error", { id: key, code: error instanceof Refusal ? error.code : "network" });
    this.#close(error);
  }

  #close(error: unknown): void {
    const problem = problemOf(error);
    if (problem !== "off" && problem !== "origin") return;
    this.closedFor = problem;
    this.#with.changed();
  }

  #set(conversation: Conversation, keep = true): void {
    if (conversation === this.conversation) return;
    this.conversation = conversation;
    if (keep) this.#keep();
    this.#with.changed();
  }

  #keep(): void {
    const left = unsent(this.conversation).map(({ key, question, at }) => ({ key, question, at }));
    const kept = this.#with.store.read().unsent;
    if (left.map(t => t.key).join() !== kept.map(t => t.key).join()) this.#with.store.change({ unsent: left });
  }

  #tell(key: string): void {
    const turn = find(this.conversation, key);
    if (turn) this.#tabs?.postMessage(turn);
  }
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof Refusal)) return "network";
  switch (error.code) {
    case "rate_limited": return "slow";
    case "message_too_long": return "long";
    case "widget_not_found": case "widget_off": return "off";
    case "origin_not_allowed": return "origin";
    default: return "failed";
  }
}

/** `crypto.randomUUID` exists on https pages only; websites without it still exist. */
export function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] ?? 0) & 0x0f | 0x40;
  bytes[8] = (bytes[8] ?? 0) & 0x3f | 0x80;
  const digits = Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
