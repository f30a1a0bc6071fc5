import { find, type Conversation, type Turn } from "../chat/conversation.ts";
import { h, set } from "../launcher/dependencies.ts";
import { createAutoscroll } from "./autoscroll.ts";
import type { TurnHost } from "./host.ts";
import { createTurn, type TurnView } from "./turn.ts";
import type { createWelcome } from "./welcome.ts";

/** The questions and answers, below the welcome. */
export function createTranscript(host: TurnHost, welcome: ReturnType<typeof createWelcome>) {
  const { strings, focusField } = host;
  const views = new Map<string, TurnView>();
  let latestKey: string | undefined;
  let scrolledTo = 0;

  const log = h("div.log", { role: "log", "aria-label": strings.$log }, welcome.greeting);
  const scroll = h("div.scroll", { tabindex: 0 }, welcome.element, log);
  const news = h(
    "button.pill news",
    {
      click: () => {
        autoscroll.toEnd();
        focusField();
      },
    },
    strings.$newText,
  );
  const autoscroll = createAutoscroll(
    scroll,
    log,
    news,
    () => welcome.element.hidden,
    () => views.get(latestKey!)?.bot,
  );

  scroll.addEventListener("scroll", () => {
    scrolledTo = scroll.scrollTop;
  });

  return {
    element: scroll,
    news,
    draw,
    resume: autoscroll.resume,
    /** Whether new content is announced to screen readers. */
    announce(isNews: boolean): void {
      set(log, "aria-live", isNews ? "polite" : "off");
    },
    restore(): void {
      scroll.scrollTop = scrolledTo;
    },
  };

  function draw(turns: Conversation): void {
    // The latest answer, finished or in progress.
    latestKey = turns.filter(({ status }) => status !== "queued").at(-1)?.key;
    autoscroll.changed();
    if (welcome.show(!turns.length, log)) autoscroll.resume();
    for (const [key, view] of views) {
      if (find(turns, key)) continue;
      view.end();
      view.element.remove();
      views.delete(key);
    }
    turns.forEach(drawTurn);
  }

  function drawTurn(turn: Turn, at: number, turns: Conversation): void {
    let view = views.get(turn.key);
    if (!view) views.set(turn.key, (view = createTurn(host)));
    // After the statement and the greeting.
    const place = log.children[at + 2] ?? null;
    if (place !== view.element) log.insertBefore(view.element, place);
    view.show(turn, at === turns.length - 1, turns[at - 1]?.at);
  }
}
