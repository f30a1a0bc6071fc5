import { asked, type Feedback, type Source, type Turn } from "./conversation.ts";

type Answer = {
  readonly id: string;
  readonly status: string;
  readonly response?: string | null;
  readonly author?: string | null;
  readonly sources?: readonly Source[] | null;
  readonly suggestions?: readonly string[] | null;
};

type Row = Answer & {
  readonly clientMessageId?: string | null;
  readonly message: string;
  readonly createdAt: string;
  readonly feedback?: Feedback;
  readonly feedbackComment?: string | null;
};

/** An answer as the portal sends it, whole or at the end of a stream. */
export function parseAnswer({ id, status, response, author, sources, suggestions }: Answer): Partial<Turn> {
  const known = (
    status === "pending" ? "waiting" : /failed|stopped/.test(status) ? status : "answered"
  ) as Turn["status"];
  return {
    id,
    status: known,
    problem: known === "failed" ? known : null,
    answer: response ?? "",
    author: author === "person" ? "person" : "ai",
    sources: sources ?? [],
    suggestions: (suggestions ?? []).slice(0, 3),
  };
}

export function parseHistory({ messages }: { readonly messages?: readonly Row[] | null }): Turn[] {
  return (messages ?? []).map(row => ({
    ...asked({ key: row.clientMessageId ?? row.id, question: row.message, at: Date.parse(row.createdAt) || 0 }),
    ...parseAnswer(row),
    feedback: row.feedback ?? null,
    comment: row.feedbackComment ?? "",
  }));
}
