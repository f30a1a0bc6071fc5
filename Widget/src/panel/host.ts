import type { Feedback } from "../chat/conversation.ts";
import type { Config } from "../config.ts";
import type { Strings } from "../strings.ts";

/** What a turn needs of the panel. */
export type TurnHost = {
  readonly config: Config;
  readonly strings: Strings;
  /** The visitor's date format. */
  readonly locale: string;
  readonly isOffline: () => boolean;
  readonly again: (key: string) => void;
  /** Whether the portal has accepted it. */
  readonly rate: (key: string, value: Feedback, comment?: string) => Promise<boolean>;
  readonly ask: (question: string) => void;
  /** Announces it to screen readers. */
  readonly announce: (sentence: string) => void;
  /** The focused element is gone. */
  readonly focusField: () => void;
};
