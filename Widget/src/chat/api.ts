import type { Feedback, Turn } from "./conversation.ts";
import { listen } from "./stream.ts";
import { parseAnswer, parseHistory } from "./transport.ts";

export type Page = { readonly url: string; readonly title: string; readonly [field: string]: unknown };
export type Opened = { readonly token: string; readonly visitorId: string; readonly resumed?: boolean };

/** A refusal of the portal, with its stable code as the message. An error without a status means that the portal could not be reached. */
export type Refusal = Error & { readonly status?: number; readonly seconds: number; readonly answer?: string };

// The server's ping comes every 15 s; silence for more than two of them means that the connection is dead.
const idle = 40_000;

export type Api = ReturnType<typeof createApi>;

/** The portal's API, as the widget uses it: the only file that knows its URLs. */
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

  /**
   * Sends a question and receives the answer in one piece or as a stream, as the portal chooses. `again`: the visitor retries a failed one.
   */
  async function ask(
    token: string,
    turn: Turn,
    again: true | undefined,
    hear: (words: string) => void,
    signal: AbortSignal,
  ): Promise<Partial<Turn>> {
    // JSON omits undefined values.
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
    // Cookies are sent to the page's own host only, which is the portal itself on a demo's page: the cookie shows that its passcode was
    // entered.
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

    // The text for the visitor in place of an answer, in their language, if the portal sends one.
    const { code, answer } = await response.json().catch(() => ({}));
    throw Object.assign(new Error(code), {
      status: response.status,
      seconds: Number(response.headers.get("Retry-After")),
      answer,
    });
  }
}
