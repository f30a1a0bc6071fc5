/** Calls the function on first use, and caches its result. A failure is not cached: the next call tries again. */
export function lazy<T>(read: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null;
  return () =>
    (kept ??= read().catch(error => {
      kept = null;
      throw error;
    }));
}
