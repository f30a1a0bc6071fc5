/** What an answer consists of: text, and the few elements that only show. */
export type Made = { readonly tag: string; readonly attributes: Attributes; readonly children: Words };
export type Words = readonly (Made | string)[];
type Attributes = Readonly<Record<string, string | number>>;

/** A run of `*`, `_` or `~` that may begin or end emphasis. */
export type Run = { readonly mark: string; readonly length: number; readonly opens: boolean; readonly closes: boolean };
/** An address with its words; whether it becomes a link is known when it is known whether it stands in one. */
export type Link = { readonly href: string; readonly words: Piece[] };
export type Piece = string | Made | Run | Link;
