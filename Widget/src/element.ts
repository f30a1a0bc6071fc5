import { h, icon, redraw, set, sheet } from "./dom.ts";
import { down } from "./icons.ts";
import { createLauncher, listeners, type Launcher } from "./launcher.ts";

/** What the panel takes over from the launcher. */
const kit = { h, set, icon, redraw, sheet, down };
export type Kit = typeof kit;

export interface ChatWidget extends Launcher {}

/** `<chat-widget data-widget="…">`: wherever it is put into a page it gets a launcher, and has its methods. */
export class ChatWidget extends HTMLElement {
  static readonly kit = kit;
  static readonly listeners = listeners;

  readonly #shadow = this.attachShadow({ mode: "open" });

  connectedCallback(): void {
    Object.assign(this, createLauncher(this, this.#shadow));
  }

  disconnectedCallback(): void {
    this.end();
  }
}
