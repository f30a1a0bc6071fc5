/** The URL of a link if it may be shown, or null: web, mail and telephone only, without a password. */
export function safeUrl(href: string, base?: string): URL | null {
  try {
    // Of relative URLs only those that start at the website's root mean the same everywhere.
    const url = new URL(href, /^\/[^/\\]/.test(href) ? base : undefined);
    return /^(https?|mailto|tel):$/.test(url.protocol) && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}

/** The host to show beside a link whose text looks like another address, or null. */
export function pretended(text: string, url: URL): string | null {
  const shown = /(?:[\p{L}\d-]+\.)+\p{L}{2,}/u.exec(text.slice(0, 300))?.[0];
  const bare = (host: string) => host.toLowerCase().replace(/^www\./, "");
  return shown && url.host && bare(shown) !== bare(url.hostname) ? url.host : null;
}
