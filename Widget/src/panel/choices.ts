import type { Chat } from "../chat/chat.ts";
import type { TabMemory } from "../chat/tab.ts";
import { h } from "../launcher/dependencies.ts";
import type { Strings } from "../strings.ts";
import { download } from "./download.ts";

type Teller = {
  /** Says something, and waits for an answer to it. */
  readonly tell: (message: string, ...answers: HTMLElement[]) => void;
  /** Says how something went. */
  readonly done: (message: string) => void;
};

/** What the menu offers for the conversation as a whole: another one, a copy, no trace of it. */
export function createChoices(strings: Strings, chat: Chat, memory: TabMemory, { tell, done }: Teller) {
  return [
    [strings.$fresh, startFresh],
    [strings.$download, () => download(chat.conversation(), strings)],
    [strings.$forget, askToForget],
  ] as const;

  function startFresh(): void {
    chat.reset();
    memory.forget();
    done("");
  }

  function askToForget(): void {
    const no = h("button", { click: () => done("") }, strings.$cancel);
    const yes = h("button.bad", { click: forget }, strings.$forgetYes);
    tell(strings.$forgetAsk, yes, no);
    no.focus();
  }

  function forget(): void {
    void chat
      .forget()
      .then(memory.clear)
      .then(
        () => done(strings.$forgotten),
        () => done(strings.$network),
      );
  }
}
