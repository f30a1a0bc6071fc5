export const tag = "chat-portal-widget";

// Read at once: currentScript is gone as soon as the script has run. The panel and its language are loaded from the same place.
export const script = (document.currentScript ?? document.querySelector("script[data-widget]")) as HTMLScriptElement;

const warned: Record<string, boolean> = {};

/** Tells the page's developer, once, what keeps the chat from working, and how to fix it. */
export function warn(sentence: string): void {
  warned[sentence] ??= !(console.warn(`[Chat Portal] ${sentence}`) as unknown);
}

/** The id may be set later. */
export function expectId(hasOne: () => unknown): void {
  setTimeout(() => {
    if (!hasOne()) warn('No data-widget="WIDGET-ID" on the element or the (not bundled) script tag.');
  }, 3000);
}
