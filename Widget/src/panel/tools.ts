import { anchor } from "../answer/anchor.ts";
import type { Source, Turn } from "../chat/conversation.ts";
import { h } from "../launcher/dependencies.ts";
import { copyButton } from "./controls.ts";
import { createFeedback } from "./feedback.ts";
import type { TurnHost } from "./host.ts";

export type Tools = ReturnType<typeof createTools>;

/** The actions on an answer: rate it, copy it, see its sources, ask a suggested question. */
export function createTools(host: TurnHost, turn: Turn) {
  const { strings, announce, ask } = host;
  const { answer, sources, suggestions } = turn;
  const feedback = createFeedback(host, turn);
  const pills = h(
    "div.pills",
    ...suggestions.map(text => h("button.pill", { dir: "auto", click: () => ask(text) }, text)),
  );
  const bar = h(
    "div.tools",
    ...feedback.buttons,
    copyButton(strings, answer, announce),
    sources.length > 0 && sourceList(strings.$sources, sources),
  );

  return { elements: [bar, feedback.field, feedback.comment, pills], show };

  function show(changed: Turn, isLast: boolean): void {
    feedback.show(changed, isLast);
    pills.hidden = !isLast;
  }
}

function sourceList(title: string, sources: readonly Source[]): HTMLElement {
  return h(
    "details",
    h("summary", `${title} · ${sources.length}`),
    h("ul", ...sources.map(({ title, url }) => h("li", { dir: "auto" }, ...anchor(url, [title || url])))),
  );
}
