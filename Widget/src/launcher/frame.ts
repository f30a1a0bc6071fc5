import type { Config } from "../config.ts";
import type { Emit } from "../emit.ts";
import type { Page } from "./page.ts";

/** What the launcher passes to the panel when the visitor opens the chat for the first time. */
export type Frame = {
  readonly shadow: ShadowRoot;
  readonly box: HTMLElement;
  readonly api: string;
  /** The name of the storage and of the channel between tabs. */
  readonly key: string;
  /** Fills its container instead of floating over the page. */
  readonly inline: boolean;
  /** The element's attributes. */
  readonly dataset: DOMStringMap;
  readonly configure: () => Promise<Config>;
  /** Loads another file of the widget. */
  readonly chunk: (name: string) => Promise<any>;
  /** Called with the number of unseen answers. */
  readonly count: (unread: number) => void;
  readonly page: () => Page;
  readonly close: () => void;
  readonly emit: Emit;
  /** Aborted when the widget is removed. */
  readonly lifetime: AbortSignal;
};

/** The panel's methods for the launcher. */
export type Panel = {
  readonly open: (focus: boolean) => void;
  readonly close: () => void;
  /** Whether the question was accepted. */
  readonly send: (text: string) => boolean;
  readonly reset: () => void;
  /** The page has moved the widget. */
  readonly restore: () => void;
  /** Loads the history, without opening. */
  readonly load: () => Promise<void>;
};

export type PanelChunk = { readonly createPanel: (frame: Frame) => Promise<Panel> };
