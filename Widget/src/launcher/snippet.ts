export const tag = "chat-portal-widget";

// Read at once: currentScript is gone as soon as the script has run. The panel and its language are fetched from the same place.
export const script = (document.currentScript ?? document.querySelector("script[data-widget]")) as HTMLScriptElement;

const warned: Record<string, boolean> = {};

/** What keeps the chat from working, and its cure: once, to whoever looks after the page. */
export function warn(sentence: string): void {
  warned[sentence] ??= !(console.warn(`[Chat Portal] ${sentence}`) as unknown);
}

/** The id may still come. */
export function expectId(hasOne: () => unknown): void {
  setTimeout(() => {
    if (!hasOne()) warn('No data-widget="WIDGET-ID" on the element or the (not bundled) script tag.');
  }, 3000);
}
