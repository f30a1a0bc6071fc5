export type Unsent = { readonly key: string; readonly question: string; readonly at: number };

/** What we remember in the visitor's browser, and nothing else. Written only after the chat was opened. */
export type Saved = { readonly visitorId: string | null; readonly token: string | null; readonly unsent: readonly Unsent[] };

export const nothing: Saved = { visitorId: null, token: null, unsent: [] };

/** First-party storage, or this page's memory where the browser forbids it. */
export class Store {
  readonly #key: string;
  readonly #shelf: () => Pick<Storage, "getItem" | "setItem" | "removeItem">;
  #memory: Saved | null = null;

  constructor(widgetId: string, shelf = () => localStorage as Pick<Storage, "getItem" | "setItem" | "removeItem">) {
    this.#key = `chat-widget:${widgetId}`;
    this.#shelf = shelf;
  }

  read(): Saved {
    try {
      return this.#memory ?? parseSaved(this.#shelf().getItem(this.#key));
    } catch {
      return nothing;
    }
  }

  change(part: Partial<Saved>): void {
    const next = { ...this.read(), ...part };
    try {
      this.#shelf().setItem(this.#key, JSON.stringify(next));
      this.#memory = null;
    } catch {
      // Forbidden or full: the chat goes on with what this page remembers.
      this.#memory = next;
    }
  }

  clear(): void {
    this.#memory = null;
    try {
      this.#shelf().removeItem(this.#key);
    } catch {
      this.#memory = nothing;
    }
  }
}

/** Reads what an earlier version, another script or a curious visitor may have left there. */
export function parseSaved(json: string | null): Saved {
  try {
    const { visitorId, token, unsent } = JSON.parse(json!);
    return { visitorId: text(visitorId), token: text(token), unsent: unsent.filter((item: Unsent) => text(item.key) && text(item.question) && item.at > 0) };
  } catch {
    return nothing;
  }
}

function text(value: unknown): string | null {
  return value && typeof value === "string" ? value : null;
}
