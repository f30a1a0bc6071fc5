import type { Kit } from "./element.ts";

/** What the launcher has already brought to the page, so that the panel need not bring it again. */
export const { h, set, icon, redraw, sheet, down } = (customElements.get("chat-widget") as unknown as { readonly kit: Kit }).kit;
