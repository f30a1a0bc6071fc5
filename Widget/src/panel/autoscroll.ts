/**
 * Keeps the end of the conversation in view for visitors who are there, and shows `news` to others. `begun`: before that there is no end to
 * scroll to. A whole answer that is longer than the view is shown from its beginning, which is where `answer` is.
 */
export function createAutoscroll(
  scroll: HTMLElement,
  log: HTMLElement,
  news: HTMLElement,
  begun: () => unknown,
  answer: () => HTMLElement | undefined,
) {
  // Whether the visitor is at the end, and wants to stay there when more arrives.
  let isAtEnd = true;
  let hasChanged = false;
  let height = 0;

  // Compared with the height before the last rendering: visitors who scroll up while the answer grows are not pulled back.
  scroll.addEventListener("scroll", () => {
    isAtEnd = scroll.scrollTop + scroll.clientHeight > Math.min(height, scroll.scrollHeight) - 48;
    if (isAtEnd) news.hidden = true;
  });
  // Called when a frame has been laid out, so that nothing here forces a layout.
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
    /** Follows what arrives from now on, wherever the visitor is. */
    resume(): void {
      isAtEnd = true;
    },
    /** Something was rendered, and not only laid out again. */
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
    // On the first opening, it is read from its greeting down.
    if (begun()) scroll.scrollTop = 1e9;
  }
}
