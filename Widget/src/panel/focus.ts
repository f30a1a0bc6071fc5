/**
 * In full screen, Tab goes in a circle. Firefox leaves a modal dialog in a shadow root for its own buttons, and comes back at the wrong
 * end.
 */
export function keepFocusWithin(dialog: HTMLElement, focused: Element | null, event: KeyboardEvent): void {
  const stops = [...dialog.querySelectorAll<HTMLElement>('a, button, textarea, input, summary, [tabindex="0"]')].filter(
    stop => stop.getClientRects().length,
  );
  const [edge, other] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (focused !== edge && (focused !== dialog || !event.shiftKey)) return;
  event.preventDefault();
  other?.focus();
}
