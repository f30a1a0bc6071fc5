/** What the page tells of itself with `setPage`, where its own address and title do not say it; any fields besides. */
export type Page = { readonly url?: string; readonly title?: string; readonly [field: string]: unknown };
