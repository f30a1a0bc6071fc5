/** Renders `now`, or `soon`: in the task in which something has changed, so that the next frame shows it; but only once per frame. */
export function createPainter(draw: () => void) {
  let isStale = false;
  let isDrawing = false;

  return { now, soon };

  function now(): void {
    isStale = false;
    draw();
  }

  function soon(): void {
    isStale = true;
    if (isDrawing) return;
    isDrawing = true;
    queueMicrotask(now);
    requestAnimationFrame(() => {
      isDrawing = false;
      if (isStale) soon();
    });
  }
}
