import type { Chat } from "../chat/chat.ts";
import { running } from "../chat/conversation.ts";
import { why } from "../chat/problems.ts";
import { h } from "../launcher/dependencies.ts";
import type { Banner } from "./banner.ts";
import type { Composer } from "./composer.ts";
import type { Consent } from "./consent.ts";
import type { Context } from "./context.ts";

/** Below the conversation: the way to what is new, how the chat is, and the field where there is something to ask. */
export function createFoot(
  { strings, shadow }: Context,
  news: HTMLElement,
  banner: Banner,
  composer: Composer,
  consent: Consent,
) {
  const element = h("div.foot", news, banner.element, composer.element, h("div.fine", strings.$fine));

  return { element, draw };

  /** `focus` gets the focus where the field goes away from under it. */
  function draw(chat: Chat, focus: HTMLElement): void {
    const closedFor = chat.closedFor();
    const asksConsent = !closedFor && !consent.isGiven();
    const isShut = asksConsent || closedFor !== null;
    if (isShut && composer.element.contains(shadow.activeElement)) focus.focus();
    composer.element.hidden = isShut;
    composer.show(running(chat.conversation()) !== undefined);

    const state = closedFor ? why(strings, closedFor) : chat.isOffline() && strings.$offline;
    banner.show([state, asksConsent && consent.sentence], asksConsent ? [consent.button] : []);
  }
}
