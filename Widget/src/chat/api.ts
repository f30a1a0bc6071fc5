import type { Feedback, Turn } from "./conversation.ts";
import { listen } from "./stream.ts";
import { parseAnswer, parseHistory } from "./transport.ts";

export type Page = { readonly url: string; readonly title: string; readonly [field: string]: unknown };
export type Opened = { readonly token: string; readonly visitorId: string; readonly resumed?: boolean };

/** A refusal of the portal, with its stable code for a message. An error without a status means that the portal could not be reached. */
export type Refusal = Error & { readonly status?: number; readonly seconds: number; readonly answer?: string };

// The server's ping comes every 15 s; silence for longer than two of them means that the line is dead.
const idle = 40_000;

export type Api = ReturnType<typeof createApi>;

/** The portal, as far as the widget can see it: the only file that knows its addresses. */
export function createApi(base: string, locale: string, page: () => Page, lifetime: AbortSignal) {
  return {
    open: async (known: { visitorId: string | null; token: string | null }): Promise<Opened> =>
      (await call("POST", "sessions", "", { ...known, page: page(), locale })).json(),
    ask,
    history: async (token: string): Promise<Turn[]> =>
      parseHistory(await (await call("GET", "messages", token)).json()),
    rate: (token: string, messageId: string, value: Feedback, comment?: string) =>
      call("PUT", `messages/${messageId}/feedback`, token, { value, comment }),
    stop: (token: string, key: string) => call("POST", `messages/${key}/stop`, token),
    forget: (token: string) => call("DELETE", "session", token),
  };

  /** Asks, and hears the answer in one piece or word by word, as the portal chooses. `again`: the visitor wants another try after a failure. */
  async function ask(
    token: string,
    turn: Turn,
    again: true | undefined,
    hear: (words: string) => void,
    signal: AbortSignal,
  ): Promise<Partial<Turn>> {
    // JSON leaves out what is undefined.
    const response = await call(
      "POST",
      "messages",
      token,
      { message: turn.question, clientMessageId: turn.key, page: page(), locale, again },
      signal,
    );
    if (!/event/.test(response.headers.get("Content-Type")!)) return parseAnswer(await response.json());

    return listen(response, idle, ({ name, data }) => {
      const told = JSON.parse(data);
      if (name === "delta") hear(told.text);
      return /done|failed|stopped/.test(name) ? parseAnswer(told) : null;
    });
  }

  async function call(
    method: string,
    path: string,
    token: string,
    body?: object,
    signal = lifetime,
  ): Promise<Response> {
    // A cookie goes along to the page's own host only, which is the portal itself on a demo's page: its passcode was asked there.
    const response = await fetch(base + path, {
      method,
      signal,
      body: body && JSON.stringify(body),
      headers: {
        Accept: "text/event-stream",
        "Content-Type": "application/json",
        ...(token && { Authorization: `Bearer ${token}` }),
      },
    } as RequestInit);
    if (response.ok) return response;

    // What a visitor should read instead of an answer, in their language, where the portal says it.
    const { code, answer } = await response.json().catch(() => ({}));
    throw Object.assign(new Error(code), {
      status: response.status,
      seconds: Number(response.headers.get("Retry-After")),
      answer,
    });
  }
}
