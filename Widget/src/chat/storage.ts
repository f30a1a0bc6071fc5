import type { Turn } from "./conversation.ts";

export type Unsent = Pick<Turn, "key" | "question" | "at"> & Partial<Pick<Turn, "status" | "problem">>;

/** What the visitor's browser stores, and nothing else. Written only after the chat was opened. */
export type Saved = {
  readonly visitorId: string | null;
  readonly token: string | null;
  readonly agreed: boolean;
  readonly unsent: readonly Unsent[];
};

export const nothing: Saved = { visitorId: null, token: null, agreed: false, unsent: [] };

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;
export type Store = ReturnType<typeof createStore>;

/** First-party storage, or this page's memory where the browser forbids it. Even touching `localStorage` may throw. */
export function createStore(key: string, shelf: () => Shelf = () => localStorage) {
  let memory: Saved | null = null;

  function read(): Saved {
    try {
      return memory ?? parseSaved(shelf().getItem(key));
    } catch {
      return nothing;
    }
  }

  function change(part: Partial<Saved>): void {
    const next = { ...read(), ...part };
    try {
      // Some libraries (Prototype.js) stringify arrays twice.
      shelf().setItem(key, JSON.stringify({ ...next, unsent: Object.assign([...next.unsent], { toJSON: undefined }) }));
      memory = null;
    } catch {
      // Blocked or full: the chat continues with this page's memory.
      memory = next;
    }
  }

  function clear(): void {
    memory = null;
    try {
      shelf().removeItem(key);
    } catch {
      memory = nothing;
    }
  }

  return { read, change, clear };
}

/** Whether this visitor has used or closed the chat before. */
export function isKnownVisitor(key: string): boolean {
  try {
    return key in localStorage;
  } catch {
    // Without storage nobody is recognized.
    return false;
  }
}

/** Reads what an earlier version, another script or a curious visitor may have written. */
export function parseSaved(json: string | null): Saved {
  try {
    const { visitorId, token, agreed, unsent } = JSON.parse(json!);
    const questions = Array.isArray(unsent) ? unsent : [];
    return {
      visitorId: visitorId ? `${visitorId}` : null,
      token: token ? `${token}` : null,
      agreed: agreed === true,
      unsent: questions.filter(
        ({ key, question, at }: Unsent) => typeof key === "string" && typeof question === "string" && at > 0,
      ),
    };
  } catch {
    return nothing;
  }
}
