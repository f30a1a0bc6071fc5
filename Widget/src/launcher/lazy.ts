/** Reads when first asked, and keeps what it gets. A failure is not kept: the next call tries again. */
export function lazy<T>(read: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null;
  return () =>
    (kept ??= read().catch(error => {
      kept = null;
      throw error;
    }));
}
