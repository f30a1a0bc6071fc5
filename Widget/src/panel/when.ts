import { h } from "../launcher/dependencies.ts";

// After a pause of this length the time is shown again.
const pause = 600_000;

/** The line above a question that shows when it was asked: the time after a pause, and the date where the day changes. */
export function createWhen(locale: string) {
  const element = h("div.when", { hidden: true });
  let shown = "";

  return { element, show };

  function show(at: number, before: number | undefined): void {
    const [date, last, now] = [at, before ?? Date.now(), Date.now()].map(time => new Date(time)) as [Date, Date, Date];
    const kind = date.toDateString() !== last.toDateString() ? "date" : at - (before ?? 0) > pause ? "time" : "";
    if (kind === shown) return;
    shown = kind;
    element.hidden = !kind;
    // Its space is reserved. Rendering the first one takes a phone a tenth of a second, so question and answer come first.
    element.textContent = "\xa0";
    const day: Intl.DateTimeFormatOptions = {
      day: "numeric",
      month: "long",
      ...(date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
    };
    setTimeout(() => {
      element.textContent =
        (kind === "date" ? `${date.toLocaleDateString(locale, day)} · ` : "") +
        date.toLocaleTimeString(locale, { timeStyle: "short" });
    }, 400);
  }
}
