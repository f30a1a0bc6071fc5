import type { Conversation } from "../chat/conversation.ts";
import { h } from "../launcher/dependencies.ts";
import type { Strings } from "../strings.ts";
import { speakerName } from "./controls.ts";

/** The transcript as a text file, created here. */
export function download(turns: Conversation, strings: Strings): void {
  const lines = turns.map(
    ({ question, answer, author }) => `${strings.$you}: ${question}\n\n${speakerName(strings, author)}: ${answer}\n\n`,
  );
  h("a", { href: URL.createObjectURL(new Blob(lines)), download: "chat.txt" }).click();
}
