import type { Feedback } from "../chat/conversation.ts";
import type { Config } from "../config.ts";
import type { Strings } from "../strings.ts";

/** What a turn needs of its panel. */
export type TurnHost = {
  readonly config: Config;
  readonly strings: Strings;
  /** How the visitor writes dates. */
  readonly locale: string;
  readonly again: (key: string) => void;
  /** Whether the portal has taken it. */
  readonly rate: (key: string, value: Feedback, comment?: string) => Promise<boolean>;
  readonly ask: (question: string) => void;
  /** Tells those who do not see it. */
  readonly announce: (sentence: string) => void;
  /** What had the focus is gone. */
  readonly focusField: () => void;
};
