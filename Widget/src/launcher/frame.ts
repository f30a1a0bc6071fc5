import type { Config } from "../config.ts";
import type { Emit } from "../emit.ts";
import type { Page } from "./page.ts";

/** What the launcher hands to the panel when the visitor opens the chat for the first time. */
export type Frame = {
  readonly shadow: ShadowRoot;
  readonly box: HTMLElement;
  readonly api: string;
  /** Of the storage and of the channel between tabs. */
  readonly key: string;
  /** Fills its container instead of floating over the page. */
  readonly inline: boolean;
  /** What the element says. */
  readonly dataset: DOMStringMap;
  readonly configure: () => Promise<Config>;
  /** Fetches another file of the widget. */
  readonly chunk: (name: string) => Promise<any>;
  /** Hears how many answers have come unseen. */
  readonly count: (unread: number) => void;
  readonly page: () => Page;
  readonly close: () => void;
  readonly emit: Emit;
  /** Aborted when the widget is gone. */
  readonly lifetime: AbortSignal;
};

/** What the launcher asks of the panel. */
export type Panel = {
  readonly open: (focus: boolean) => void;
  readonly close: () => void;
  /** Whether the question was taken. */
  readonly send: (text: string) => boolean;
  readonly reset: () => void;
  /** The page has moved the widget. */
  readonly restore: () => void;
  /** Fetches what has been said, without opening. */
  readonly load: () => Promise<void>;
};

export type PanelChunk = { readonly createPanel: (frame: Frame) => Promise<Panel> };
