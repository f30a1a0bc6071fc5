/** Tells the page what happens: `ready`, `open`, `close`, `message`, `answer`, `feedback` or `error`, with what docs/embedding.md says. */
export type Emit = (name: string, detail: object) => void;
