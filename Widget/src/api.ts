import type { Feedback, Turn } from "./conversation.ts";
import { eventsOf } from "./stream.ts";
import { parseAnswer, parseHistory } from "./wire.ts";

export type Page = { readonly url: string; readonly title: string };
export type Opened = { readonly token: string; readonly visitorId?: string; readonly resumed?: boolean };

/** A refusal of the portal, with its stable code. An error without a status means that the portal could not be reached. */
export type Refusal = Error & { readonly status?: number; readonly code: string; readonly seconds: number };

// The server's ping comes every 15 s; silence for longer than two of them means that the line is dead.
const idle = 40_000;

export type Api = ReturnType<typeof createApi>;

/** The portal, as far as the widget can see it: the only file that knows its addresses. */
export function createApi(base: string, life: AbortSignal) {
  return {
    // JSON leaves out what is undefined.
    open: async (known: { visitorId: string | null; token: string | null }, page: Page): Promise<Opened> =>
      (await call("POST", "sessions", "", { visitorId: known.visitorId ?? undefined, token: known.token ?? undefined, page, locale: navigator.language })).json(),
    ask,
    history: async (token: string): Promise<Turn[]> => parseHistory(await (await call("GET", "messages", token)).json()),
    rate: (token: string, messageId: string, value: Feedback, comment?: string) => call("PUT", `messages/${messageId}/feedback`, token, { value, comment }),
    stop: (token: string, key: string) => call("POST", `messages/${key}/stop`, token),
    forget: (token: string) => call("DELETE", "session", token),
  };

  /** Asks, and hears the answer in one piece or word by word, as the portal chooses. */
  async function ask(token: string, turn: Turn, page: Page, hear: (words: string) => void, signal: AbortSignal): Promise<Partial<Turn>> {
    const body = { message: turn.question, clientMessageId: turn.key, page };
    const response = await call("POST", "messages", token, body, signal);
    if (!response.headers.get("Content-Type")?.includes("event-stream")) return parseAnswer(await response.json());

    for await (const { name, data } of eventsOf(response, idle)) {
      if (name === "delta") hear(JSON.parse(data).text);
      if (name === "done" || name === "failed") return parseAnswer(JSON.parse(data));
    }
    throw new TypeError("The answer broke off");
  }

  async function call(method: string, path: string, token: string, body?: object, signal = life): Promise<Response> {
    // A cookie goes along to the page's own host only, which is the portal itself on a demo's page: its passcode was asked there.
    const response = await fetch(base + path, {
      method, signal, body: body && JSON.stringify(body),
      headers: { Accept: "text/event-stream, application/json", "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    } as RequestInit);
    if (response.ok) return response;

    const { code = "" } = await response.json().catch(() => ({}));
    throw Object.assign(new Error(code), { status: response.status, code, seconds: Number(response.headers.get("Retry-After")) });
  }
}
