import { asked, type Feedback, type Source, type Turn } from "./conversation.ts";

type Json = Readonly<Record<string, unknown>>;

/** An answer as the portal sends it, whole or at the end of a stream. Unknown fields are left alone. */
export function parseAnswer(raw: unknown): Partial<Omit<Turn, "key">> {
  const json = fields(raw);
  const failed = json["status"] !== "answered";
  return {
    id: text(json["id"]) || null,
    status: failed ? "failed" : "answered",
    problem: failed ? "failed" : null,
    answer: text(json["response"]),
    author: json["author"] === "person" ? "person" : "ai",
    sources: parseSources(json["sources"]),
    suggestions: parseSuggestions(json["suggestions"]),
  };
}

export function parseHistory(raw: unknown): Turn[] {
  const messages = fields(raw)["messages"];
  return Array.isArray(messages) ? messages.map(fields).filter(m => text(m["id"])).map(parseTurn) : [];
}

function parseTurn(json: Json): Turn {
  const key = text(json["clientMessageId"]) || text(json["id"]);
  const turn: Turn = {
    ...asked(key, text(json["message"]), Date.parse(text(json["createdAt"])) || 0),
    ...parseAnswer(json),
    feedback: parseFeedback(json["feedback"]),
  };
  return json["status"] === "pending" ? { ...turn, status: "waiting", problem: null, answer: "" } : turn;
}

function parseFeedback(value: unknown): Feedback {
  return value === "up" || value === "down" ? value : null;
}

function parseSources(value: unknown): Source[] {
  return list(value).map(fields).map(source => ({ title: text(source["title"]) || text(source["url"]), url: text(source["url"]) })).filter(source => source.title).slice(0, 10);
}

function parseSuggestions(value: unknown): string[] {
  return list(value).map(text).filter(Boolean).slice(0, 3);
}

function fields(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
