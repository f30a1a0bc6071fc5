import { anchor } from "../answer/anchor.ts";
import { h } from "../launcher/dependencies.ts";
import { fill } from "../strings.ts";
import type { Context } from "./context.ts";
import { speakerLabel, suggestionCard } from "./controls.ts";
import { picture } from "./header.ts";

/**
 * What the visitor sees first: a greeting, the statement that an AI answers, and suggested questions. `expect`: one of them is likely to be
 * asked.
 */
export function createWelcome(context: Context, ask: (question: string) => void, expect: () => void) {
  const {
    config: { look, texts },
    strings,
    api,
  } = context;
  const first = texts?.firstMessage || strings.$hello;
  const suggestions = texts?.suggestions;
  const card = suggestions?.length ? suggestionCard(strings.$often, suggestions.slice(0, 6), ask) : null;
  const notice = h("p.notice", { "aria-live": "off" }, ...statement(context));
  const top = h(
    "div.hello",
    { "data-author": "ai" },
    picture(api, look?.logo, look?.logoPlate),
    speakerLabel(strings.$bot),
    h("h2", { dir: "auto" }, first),
    notice,
  );
  const element = h("div", top, card);
  // The same within the conversation, once there is one.
  const greeting = h(
    "div.bot",
    { "data-author": "ai", "aria-live": "off" },
    speakerLabel(strings.$bot),
    h("div", { dir: "auto" }, first),
  );

  greeting.hidden = true;
  card?.addEventListener("pointerenter", expect);

  return { element, greeting, show, offers: (target: Node | null) => !!card?.contains(target) };

  /** Makes room for the conversation in `log`, and comes back when that is empty. Returns whether something has changed. */
  function show(isFresh: boolean, log: HTMLElement): boolean {
    if (isFresh !== element.hidden) return false;
    element.hidden = !isFresh;
    greeting.hidden = isFresh;
    // The statement is above whatever the visitor sees first.
    if (isFresh) top.append(notice);
    else log.prepend(notice);
    return true;
  }
}

function statement({ config, strings, business }: Context): (ChildNode | string)[] {
  const { behavior, texts, privacyUrl } = config;
  return [
    fill(strings.$ai, { business }),
    ` ${texts?.aiNotice ?? ""} ${behavior?.sensitiveHint ? strings.$sensitive : ""} `,
    ...(privacyUrl ? anchor(privacyUrl, [strings.$privacy]) : []),
  ];
}
