import type { Turn } from "./conversation.ts";

export type Tabs = ReturnType<typeof createTabs>;

type Hearer = {
  /** Whether this tab sends the question itself. */
  readonly asks: (key: string) => boolean;
  /** Another tab has a question, or more of its answer. */
  readonly heard: (turn: Turn) => void;
  /** A tab was closed, and may have left these behind. */
  readonly left: (keys: readonly string[]) => void;
  /** The visitor has started a new conversation elsewhere. */
  readonly reset: () => void;
};

/** The visitor's other tabs show the same conversation. Each question is sent by one of them, which informs the others. */
export function createTabs(name: string, { asks, heard, left, reset }: Hearer, lifetime: AbortSignal) {
  // Questions that another tab sends.
  const theirs = new Set<string>();
  let channel: BroadcastChannel | undefined;
  try {
    channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }: MessageEvent<Turn | null | "left">) => hear(data);
  } catch {
    // A browser that blocks storage may block this as well: then each tab is on its own.
  }

  return {
    isOurs: (key: string) => !theirs.has(key),
    takeOver(key: string): void {
      theirs.delete(key);
    },
    tell(turn: Turn | undefined): void {
      if (turn && !lifetime.aborted) channel?.postMessage(turn);
    },
    tellLeft(): void {
      channel?.postMessage("left");
    },
    tellReset(): void {
      theirs.clear();
      channel?.postMessage(null);
    },
    close(): void {
      channel?.close();
    },
  };

  function hear(told: Turn | null | "left"): void {
    if (told === "left") {
      const keys = [...theirs];
      theirs.clear();
      left(keys);
    } else if (!told) {
      theirs.clear();
      reset();
    } else if (!asks(told.key)) {
      theirs.add(told.key);
      heard(told);
    }
  }
}
