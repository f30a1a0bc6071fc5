import type { Feedback, Turn } from "./conversation.ts";
import { eventsOf } from "./stream.ts";
import { parseAnswer, parseHistory, text } from "./wire.ts";

export type Page = { readonly url: string; readonly title: string };
export type Opened = { readonly token: string; readonly visitorId: string | null; readonly resumed: boolean };
export type Answer = ReturnType<typeof parseAnswer>;

/** A refusal of the portal, with its stable code. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly seconds: number;

  constructor(status: number, code: string, seconds: number) {
    super(`The portal answered ${status} ${code}`);
    this.status = status;
    this.code = code;
    this.seconds = seconds;
  }
}

// The server's ping comes at least every 30 s; silence for longer means that the line is dead.
const idle = 65_000;

/** The portal, as far as the widget can see it: the only file that knows its addresses. */
export class Api {
  readonly #base: string;

  constructor(portal: string, widgetId: string) {
    this.#base = `${portal}/api/widgets/${encodeURIComponent(widgetId)}`;
  }

  async open(known: { visitorId: string | null; token: string | null }, page: Page, signal: AbortSignal): Promise<Opened> {
    const body = { ...(known.visitorId && { visitorId: known.visitorId }), ...(known.token && { token: known.token }), page, locale: navigator.language };
    const response = await this.#call("POST", "/sessions", { body, signal });
    const json = await response.json() as Record<string, unknown>;
    return { token: text(json["token"]), visitorId: text(json["visitorId"]) || null, resumed: json["resumed"] === true };
  }

  /** Asks, and hears the answer in one piece or word by word, as the portal chooses. */
  async ask(token: string, turn: Pick<Turn, "key" | "question">, page: Page, hear: (words: string) => void, signal: AbortSignal): Promise<Answer> {
    const response = await this.#call("POST", "/messages", {
      token, signal, accept: "text/event-stream, application/json", body: { message: turn.question, clientMessageId: turn.key, page },
    });
    if (!response.headers.get("Content-Type")?.includes("text/event-stream")) return parseAnswer(await response.json());

    for await (const { name, data } of eventsOf(response, idle)) {
      if (name === "delta") hear(text((JSON.parse(data) as Record<string, unknown>)["text"]));
      if (name === "done" || name === "failed") return parseAnswer(JSON.parse(data));
    }
    throw new TypeError("The stream ended before the answer did");
  }

  async history(token: string, signal: AbortSignal): Promise<Turn[]> {
    const response = await this.#call("GET", "/messages", { token, signal });
    return parseHistory(await response.json());
  }

  async rate(token: string, messageId: string, value: Feedback, comment: string | undefined, signal: AbortSignal): Promise<void> {
    await this.#call("PUT", `/messages/${encodeURIComponent(messageId)}/feedback`, { token, signal, body: { value, ...(comment && { comment }) } });
  }

  async forget(token: string, signal: AbortSignal): Promise<void> {
    await this.#call("DELETE", "/session", { token, signal });
  }

  async #call(method: string, path: string, { token, body, accept = "application/json", signal }: { token?: string; body?: unknown; accept?: string; signal: AbortSignal }): Promise<Response> {
    const response = await fetch(this.#base + path, {
      method, signal, credentials: "omit", cache: "no-store", referrerPolicy: "strict-origin-when-cross-origin",
      headers: { Accept: accept, ...(token && { Authorization: `Bearer ${token}` }), ...(body !== undefined && { "Content-Type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;

    const problem = await response.json().catch(() => ({})) as Record<string, unknown>;
    throw new Refusal(response.status, text(problem["code"]), Number(response.headers.get("Retry-After")) || 0);
  }
}
