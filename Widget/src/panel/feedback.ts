import type { Feedback, Turn } from "../chat/conversation.ts";
import { thumb } from "../icons.ts";
import { h, set } from "../launcher/dependencies.ts";
import { iconButton, isEnter } from "./controls.ts";
import type { TurnHost } from "./host.ts";

/** Thumbs up and down, and a field that asks what was missing. An answer that the portal does not store cannot be rated. */
export function createFeedback({ config, strings, rate, focusField }: TurnHost, first: Turn) {
  const { key, id } = first;
  const { feedback, comments } = config.behavior ?? {};
  let turn = first;
  const kinds: readonly (readonly [Feedback, string])[] =
    feedback !== false && id
      ? [
          ["up", strings.$helpful],
          ["down", strings.$unhelpful],
        ]
      : [];
  const thumbs = kinds.map(([value, words]) => [value, iconButton(words, thumb, () => choose(value))] as const);
  const input = h("input", {
    "aria-label": strings.$missing,
    placeholder: strings.$missing,
    maxlength: 1000,
    dir: "auto",
  });
  const field = h("div.field", { hidden: true }, input, h("button.pill", { click: send }, strings.$send));
  // The visitor's comment on a rating.
  const comment = h("q", { dir: "auto" });

  input.onkeydown = event => {
    if (isEnter(event)) void send();
  };

  return { buttons: thumbs.map(([, button]) => button), field, comment, show };

  function show(changed: Turn, isLast: boolean): void {
    turn = changed;
    for (const [value, button] of thumbs) set(button, "aria-pressed", `${turn.feedback === value}`);
    comment.textContent = turn.comment;
    comment.hidden = !turn.comment;
    // Visitors who continue have nothing to add.
    if (!isLast) field.hidden = true;
  }

  function choose(value: Feedback): void {
    const next = turn.feedback === value ? null : value;
    void rate(key, next);
    field.hidden = next !== "down" || comments === false;
    if (!field.hidden) input.focus();
  }

  async function send(): Promise<void> {
    const text = input.value.trim();
    if (!text) return;
    focusField();
    field.hidden = true;
    // The comment stays until the portal has stored it.
    field.hidden = await rate(key, "down", text);
  }
}
