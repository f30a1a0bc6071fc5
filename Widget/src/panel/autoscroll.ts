/**
 * Keeps the end of the conversation in view for who is there, and offers `news` to who is not. `begun`: before that there is no end to go to.
 * An answer that comes in one piece and is longer than the view is read from its beginning, which is where `answer` is.
 */
export function createAutoscroll(
  scroll: HTMLElement,
  log: HTMLElement,
  news: HTMLElement,
  begun: () => unknown,
  answer: () => HTMLElement | undefined,
) {
  // Whether the visitor is at the end, and wants to stay there when more comes.
  let isAtEnd = true;
  let hasChanged = false;
  let height = 0;

  // Against the height before what has just been drawn: who scrolls up while the answer grows is not pulled back.
  scroll.addEventListener("scroll", () => {
    isAtEnd = scroll.scrollTop + scroll.clientHeight > Math.min(height, scroll.scrollHeight) - 48;
    if (isAtEnd) news.hidden = true;
  });
  // Comes when a frame has been laid out, so that nothing here has to lay it out to know.
  const resizes = new ResizeObserver(() => {
    if (isAtEnd) moveOn(scroll.scrollHeight - height);
    else if (hasChanged && scroll.scrollHeight > height) news.hidden = false;
    height = scroll.scrollHeight;
    hasChanged = false;
  });
  for (const part of [log, scroll]) resizes.observe(part);
  news.hidden = true;

  return {
    toEnd,
    /** Goes along with what comes from now on, wherever the visitor is. */
    resume(): void {
      isAtEnd = true;
    },
    /** Something was drawn, and not only laid out anew. */
    changed(): void {
      hasChanged = true;
    },
  };

  function moveOn(grown: number): void {
    const latest = answer();
    const view = scroll.clientHeight;
    const isLong = latest && grown > view / 2 && latest.offsetHeight > view - 60;
    const top = isLong
      ? latest.getBoundingClientRect().top - scroll.getBoundingClientRect().top + scroll.scrollTop - 12
      : scroll.scrollHeight;
    // Never back to what has been read.
    isAtEnd = top + view >= scroll.scrollHeight;
    if (isAtEnd) toEnd();
    else scroll.scrollTop = Math.max(scroll.scrollTop, top);
  }

  function toEnd(): void {
    news.hidden = true;
    // The first opening is read from its greeting down.
    if (begun()) scroll.scrollTop = 1e9;
  }
}
