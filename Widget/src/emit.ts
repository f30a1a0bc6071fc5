/**
 * Dispatches an event to the page: `ready`, `open`, `close`, `message`, `answer`, `feedback` or `error`, as docs/embedding.md describes.
 */
export type Emit = (name: string, detail: object) => void;
