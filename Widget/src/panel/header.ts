import type { Look } from "../config.ts";
import { down } from "../icons.ts";
import { h } from "../launcher/dependencies.ts";
import type { Context } from "./context.ts";
import { iconButton } from "./controls.ts";
import type { Menu } from "./menu.ts";

/** The bot's name and picture, and the buttons of the chat. Inline it cannot be closed. */
export function createHeader({ config, strings, name, api, inline, close }: Context, menu: Menu) {
  const { look, texts } = config;
  const closeButton = iconButton(strings.$close, down, close);
  const avatar = h("span.ava", { "aria-hidden": "true" }, [...name][0], picture(api, look?.avatar, look?.avatarPlate));
  const title = h(
    "div",
    h("h2", { dir: "auto" }, name),
    texts?.subtitle && h("small", { dir: "auto" }, texts.subtitle),
  );
  return { element: h("div.head", avatar, title, menu.button, !inline && closeButton), closeButton };
}

/** A picture stored by the portal, or nothing, also when the page's policy blocks it. */
export function picture(api: string, path: Look["logo"], plate: Look["logoPlate"]): HTMLElement | null {
  if (!path) return null;
  const image: HTMLElement = h("img", { src: new URL(`${path}`, api).href, alt: "", error: () => image.remove() });
  // If its contrast on the color would be too low.
  if (plate) Object.assign(image.style, { background: plate, padding: "4px", borderRadius: "8px" });
  return image;
}
