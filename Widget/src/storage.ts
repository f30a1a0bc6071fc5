export type Unsent = { readonly key: string; readonly question: string; readonly at: number };

/** What we remember in the visitor's browser, and nothing else. Written only after the chat was opened. */
export type Saved = {
  readonly visitorId: string | null;
  readonly token: string | null;
  readonly unsent: readonly Unsent[];
};

export const nothing: Saved = { visitorId: null, token: null, unsent: [] };

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** First-party storage, or this page's memory where the browser forbids it. */
export class Store {
  readonly #key: string;
  readonly #shelf: Shelf | null;
  #memory: Saved = nothing;

  constructor(widgetId: string, shelf: Shelf | null = browserShelf()) {
    this.#key = `chat-widget:${widgetId}`;
    this.#shelf = shelf;
  }

  read(): Saved {
    try {
      if (this.#shelf) return parseSaved(this.#shelf.getItem(this.#key));
    } catch {
      // Storage can be forbidden, full or cleared at any time; the chat goes on without it.
    }
    return this.#memory;
  }

  change(part: Partial<Saved>): void {
    const next = { ...this.read(), ...part };
    this.#memory = next;
    try {
      this.#shelf?.setItem(this.#key, JSON.stringify(next));
    } catch {
      // As above.
    }
  }

  clear(): void {
    this.#memory = nothing;
    try {
      this.#shelf?.removeItem(this.#key);
    } catch {
      // As above.
    }
  }
}

/** Reads what an earlier version, another script or a curious visitor may have left there. */
export function parseSaved(json: string | null): Saved {
  try {
    const raw = JSON.parse(json ?? "") as Partial<Record<keyof Saved, unknown>>;
    return { visitorId: text(raw.visitorId), token: text(raw.token), unsent: Array.isArray(raw.unsent) ? raw.unsent.filter(isUnsent).map(({ key, question, at }) => ({ key, question, at })) : [] };
  } catch {
    return nothing;
  }
}

function isUnsent(value: unknown): value is Unsent {
  const item = value as Partial<Unsent> | null;
  return typeof item?.key === "string" && typeof item.question === "string" && Number.isFinite(item.at);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Null when storage is forbidden; even touching `localStorage` may throw then. */
function browserShelf(): Shelf | null {
  try {
    const probe = "chat-widget";
    localStorage.setItem(probe, "");
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return null;
  }
}
