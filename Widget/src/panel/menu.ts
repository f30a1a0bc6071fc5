import { more } from "../icons.ts";
import { h, set } from "../launcher/dependencies.ts";
import { iconButton } from "./controls.ts";

export type Menu = ReturnType<typeof createMenu>;

/** The menu of other actions, behind a button. */
export function createMenu(
  words: string,
  choices: readonly (readonly [words: string, choose: () => void])[],
  lifetime: AbortSignal,
) {
  const button = iconButton(words, more, () => {
    show(!!element.hidden);
    (element.hidden ? button : (element.firstChild as HTMLElement)).focus();
  });
  const element = h(
    "div.menu",
    ...choices.map(([words, choose]) =>
      h(
        "button",
        {
          click: () => {
            show(false);
            choose();
          },
        },
        words,
      ),
    ),
  );

  // A click outside closes it, wherever on the page.
  document.addEventListener(
    "pointerdown",
    event => {
      const path = event.composedPath();
      if (!path.includes(element) && !path.includes(button)) show(false);
    },
    { capture: true, signal: lifetime },
  );
  show(false);

  return { button, element, show, isOpen: () => !element.hidden };

  function show(open: boolean): void {
    element.hidden = !open;
    set(button, "aria-expanded", `${open}`);
  }
}
