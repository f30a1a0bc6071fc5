import type { Emit } from "../emit.ts";
import type { Api, Refusal } from "./api.ts";
import { begin, grow, nextQueued, running, type Turn } from "./conversation.ts";
import type { Problems } from "./problems.ts";
import type { Session } from "./session.ts";
import type { Tabs } from "./tabs.ts";
import type { Turns } from "./turns.ts";

const retry = 10_000;

type Means = {
  readonly api: Api;
  readonly session: Session;
  readonly turns: Turns;
  readonly tabs: Tabs;
  readonly problems: Problems;
  readonly emit: Emit;
  /** Nothing may be sent now. */
  readonly isPaused: () => boolean;
  /** A question is being sent. */
  readonly begun: () => void;
  readonly lifetime: AbortSignal;
};

export type Delivery = ReturnType<typeof createDelivery>;

/** Asks one question after the other, hears the answers, and repeats what got lost. */
export function createDelivery({ api, session, turns, tabs, problems, emit, isPaused, begun, lifetime }: Means) {
  const controllers = new Map<string, AbortController>();
  const repeated = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Whether an answer has arrived although the browser reports no connection.
  let reached = false;

  addEventListener("online", pump, { signal: lifetime });
  addEventListener(
    "offline",
    () => {
      reached = false;
    },
    { signal: lifetime },
  );

  return {
    pump,
    run,
    hangUp,
    isAsking: (key: string) => controllers.has(key),
    isOffline: () => !navigator.onLine && !reached,
    /** The visitor retries it. */
    repeat(key: string): void {
      repeated.add(key);
    },
    forget(): void {
      hangUp();
      controllers.clear();
    },
    end(): void {
      hangUp();
      clearTimeout(timer);
    },
  };

  function pump(): void {
    // The browser's idea of its connection may be wrong, so sending is tried anyway.
    const turn = nextQueued(turns.all().filter(({ key }) => tabs.isOurs(key)));
    if (turn && !isPaused() && !running(turns.all())) void run(turn.key);
  }

  function hangUp(): void {
    for (const controller of controllers.values()) controller.abort();
  }

  async function run(key: string): Promise<void> {
    if (controllers.has(key)) return;
    const controller = new AbortController();
    const { signal } = controller;
    controllers.set(key, controller);
    begun();
    try {
      const hearing = hear(key, signal);
      turns.update();
      tabs.tell(turns.find(key));
      const answer = await hearing;
      reached = !navigator.onLine;
      turns.alter(key, answer);
      // Drawn first.
      await null;
      emit(answer.problem ? "error" : "answer", { ...answer, clientMessageId: key, code: answer.problem });
    } catch (error) {
      turns.alter(key, signal.aborted ? { status: "stopped" } : failure(error as Refusal));
    }
    tabs.tell(turns.find(key));
    controllers.delete(key);
    if (lifetime.aborted) return;
    if (turns.find(key)?.status === "queued") timer = setTimeout(pump, retry);
    else pump();
  }

  /** A broken connection is resumed under the same key, which continues the same answer. */
  async function hear(key: string, signal: AbortSignal): Promise<Partial<Turn>> {
    let again = repeated.delete(key) || undefined;
    const heard = hearer(key, signal);
    turns.stage(begin(turns.all(), key));
    for (let attempt = 0; ; attempt++) {
      try {
        return await session(token => api.ask(token, turns.find(key)!, again, heard, signal));
      } catch (error) {
        if ((error as Refusal).status || attempt > 1 || signal.aborted || !navigator.onLine) throw error;
        again = undefined;
        await pause(600 * 3 ** attempt, signal);
        turns.update(begin(turns.all(), key));
      }
    }
  }

  function hearer(key: string, signal: AbortSignal): (words: string) => void {
    let told = 0;
    return words => {
      if (signal.aborted) return;
      turns.update(grow(turns.all(), key, words));
      // Other tabs see it grow, but need not get each chunk.
      if (Date.now() - told < 500) return;
      told = Date.now();
      tabs.tell(turns.find(key));
    };
  }

  function failure(error: Refusal): Partial<Turn> {
    // Without a connection it waits for one, and tries now and then.
    if (!error.status && !navigator.onLine) return { status: "queued", answer: "" };
    return { status: "failed", problem: problems.explain(error), seconds: error.seconds, answer: error.answer ?? "" };
  }
}

/** Throws when it is aborted meanwhile. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise(resolve => {
    signal.onabort = resolve;
    setTimeout(resolve, milliseconds);
  });
  signal.throwIfAborted();
}
