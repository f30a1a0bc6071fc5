/** What the page sets with `setPage`, in place of its address and title; any other fields besides. */
export type Page = { readonly url?: string; readonly title?: string; readonly [field: string]: unknown };
