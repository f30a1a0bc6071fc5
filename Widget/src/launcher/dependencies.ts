import type { ChatWidget } from "./element.ts";

const shared = customElements.get("chat-portal-widget") as unknown as typeof ChatWidget;

/** The modules that the launcher has already loaded, so that the panel need not load them again. */
export const { h, set, icon, redraw, applyStyles, down, phone } = shared._dependencies;
export const { added } = shared;
