const allowed = ["http:", "https:", "mailto:", "tel:"];

/** The address of a link that may be shown, or null: web, mail and telephone only, and nobody's password in it. */
export function safeUrl(href: string, base?: string): URL | null {
  try {
    // Of relative addresses only those that start at the website's root mean the same everywhere.
    const url = /^\/(?!\/)/.test(href) ? new URL(href, base) : new URL(href);
    return allowed.includes(url.protocol) && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}

/** The host to show beside a link whose text looks like another address, or null. */
export function pretended(text: string, url: URL): string | null {
  if (!/^https?:$/.test(url.protocol)) return null;
  const shown = /(?:^|[\s/(@])((?:[\p{L}\d-]{1,63}\.)+\p{L}{2,})/u.exec(text.slice(0, 300))?.[1]?.toLowerCase().replace(/^www\./, "");
  const real = url.hostname.replace(/^www\./, "");
  return shown && shown !== real ? url.hostname : null;
}
