import { h, icon, redraw, set, applyStyles } from "../dom.ts";
import { down } from "../icons.ts";
import { phone } from "../screen.ts";
import { listeners } from "./events.ts";
import { createLauncher, type Launcher } from "./launcher.ts";
import { expectId } from "./snippet.ts";

/** What the panel takes over from the launcher. */
const dependencies = { h, set, icon, redraw, applyStyles, down, phone };
export type Dependencies = typeof dependencies;

export interface ChatWidget extends Launcher {}

/** `<chat-portal-widget data-widget="…">`: wherever it is placed in a page it gets a launcher, and has its methods. */
export class ChatWidget extends HTMLElement {
  static readonly _dependencies = dependencies;
  static readonly listeners = listeners;
  /** Those that the page's snippets have created, by the ids of their widgets. */
  static readonly added = new Map<string, ChatWidget>();
  static readonly observedAttributes =
    "widget portal inline color on position theme size offset-x offset-y phone-offset-x phone-offset-y"
      .split(" ")
      .map(name => `data-${name}`);

  readonly #shadow = this.attachShadow({ mode: "open" });
  #launcher: Launcher | null = null;
  #began = "";
  #isPlaced = false;
  #comesBack = true;

  connectedCallback(): void {
    this.#isPlaced = true;
    this.start();
    this.#launcher?._placed();
    if (!this.#launcher) expectId(() => this.#launcher);
  }

  attributeChangedCallback(_: string, before: string | null, value: string | null): void {
    if (!this.#isPlaced || before === value) return;
    // A change of these makes it another chat; the others only change its appearance.
    if (this.#began !== this.#essence()) {
      this.#end();
      this.connectedCallback();
    } else this.#launcher?._paint();
  }

  disconnectedCallback(): void {
    // If it was only moved, it is back in the page by then.
    queueMicrotask(() => {
      const { added } = ChatWidget;
      const { widget = "" } = this.dataset;
      if (this.isConnected) return;
      // Removed with the body that contained it, it comes back once, beside the new body. To remove it for good there is `destroy()`.
      if (this.#comesBack && added.get(widget) === this && document.documentElement) {
        this.#comesBack = false;
        document.documentElement.append(this);
      } else this.destroy();
    });
  }

  start(): void {
    if (this.#launcher || !this.dataset["widget"]) return;
    this.#began = this.#essence();
    Object.assign(this, (this.#launcher = createLauncher(this, this.#shadow)));
  }

  /** Permanently, and only this one. */
  destroy(): void {
    const { added } = ChatWidget;
    const { widget = "" } = this.dataset;
    if (added.get(widget) === this) added.delete(widget);
    this.#end();
    this.remove();
  }

  #end(): void {
    this.#launcher?._end();
    this.#launcher = null;
  }

  #essence(): string {
    const { dataset } = this;
    return `${dataset["widget"]} ${dataset["portal"]} ${"inline" in dataset}`;
  }
}
