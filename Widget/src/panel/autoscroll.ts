/**
 * Keeps the end of the conversation in view for who is there, and offers `news` to who is not. `begun`: before that there is no end to go to.
 * An answer that comes in one piece and is longer than the view is read from its beginning, which is where `answer` is.
 */
export function createFollower(scroll: HTMLElement, log: HTMLElement, news: HTMLElement, begun: () => unknown, answer: () => HTMLElement | undefined) {
  // Whether the visitor is at the end, and wants to stay there when more comes.
  let following = true;
  let drawn = false;
  let height = 0;

  // Against the height before what has just been drawn: who scrolls up while the answer grows is not pulled back.
  scroll.onscroll = () => {
    following = scroll.scrollTop + scroll.clientHeight > Math.min(height, scroll.scrollHeight) - 48;
    if (following) news.hidden = true;
  };
  // Comes when a frame has been laid out, so that nothing here has to lay it out to know.
  const grows = new ResizeObserver(() => {
    if (following) follow(scroll.scrollHeight - height);
    else if (drawn && scroll.scrollHeight > height) news.hidden = false;
    height = scroll.scrollHeight;
    drawn = false;
  });
  for (const part of [log, scroll]) grows.observe(part);
  news.hidden = true;

  return {
    toEnd,
    follow(): void { following = true; },
    /** Something was drawn, and not only laid out anew. */
    drew(): void { drawn = true; },
  };

  function follow(grown: number): void {
    const latest = answer();
    const view = scroll.clientHeight;
    const top = latest && grown > view / 2 && latest.offsetHeight > view - 60 ? latest.getBoundingClientRect().top - scroll.getBoundingClientRect().top + scroll.scrollTop - 12 : scroll.scrollHeight;
    // Never back to what has been read.
    following = top + view >= scroll.scrollHeight;
    if (following) toEnd();
    else scroll.scrollTop = Math.max(scroll.scrollTop, top);
  }

  function toEnd(): void {
    news.hidden = true;
    // The first opening is read from its greeting down.
    if (begun()) scroll.scrollTop = 1e9;
  }
}
