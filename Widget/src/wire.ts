import { asked, type Feedback, type Source, type Turn } from "./conversation.ts";

type Answer = {
  readonly id: string;
  readonly status: string;
  readonly response?: string | null;
  readonly author?: string | null;
  readonly sources?: readonly Source[] | null;
  readonly suggestions?: readonly string[] | null;
};

type Row = Answer & { readonly clientMessageId?: string | null; readonly message: string; readonly createdAt: string; readonly feedback?: Feedback; readonly feedbackComment?: string | null };

/** An answer as the portal sends it, whole or at the end of a stream. */
export function parseAnswer({ id, status, response, author, sources, suggestions }: Answer): Partial<Turn> {
  const answered = status === "answered";
  return {
    id, status: answered ? "answered" : "failed", problem: answered ? null : "failed", answer: response ?? "", author: author === "person" ? "person" : "ai",
    sources: sources ?? [], suggestions: (suggestions ?? []).slice(0, 3),
  };
}

export function parseHistory({ messages }: { readonly messages?: readonly Row[] | null }): Turn[] {
  return (messages ?? []).map(row => ({
    ...asked({ key: row.clientMessageId ?? row.id, question: row.message, at: Date.parse(row.createdAt) || 0 }),
    ...parseAnswer(row),
    ...(row.status === "pending" && { status: "waiting", problem: null, answer: "" } as const),
    feedback: row.feedback ?? null,
    comment: row.feedbackComment ?? "",
  }));
}
