import type { ChatWidget } from "./element.ts";

const shared = customElements.get("chat-portal-widget") as unknown as typeof ChatWidget;

/** What the launcher has already brought to the page, so that the panel need not bring it again. */
export const { h, set, icon, redraw, applyStyles, down, phone } = shared._dependencies;
export const { added } = shared;
