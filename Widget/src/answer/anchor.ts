import { h } from "../launcher/dependencies.ts";
import { pretended, safeUrl } from "./links.ts";

export const outward = { target: "_blank", rel: "noopener noreferrer nofollow ugc" };

/** A link that opens in a new tab without a referrer, and shows its real host when its text names another. */
export function anchor(href: string, children: readonly (ChildNode | string)[]): (ChildNode | string)[] {
  const url = safeUrl(href, location.href);
  if (!url) return [...children];
  const link = h("a", { href: url.href, ...outward }, ...children);
  const host = pretended(link.textContent!, url);
  return host ? [link, ` (${host})`] : [link];
}
