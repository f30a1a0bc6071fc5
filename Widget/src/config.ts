/** What the portal tells the public about a widget. Everything may be missing: an older portal must not break a page. */
export type Config = {
  readonly business?: string;
  readonly look?: { readonly color?: string; readonly theme?: string; readonly position?: string };
  readonly texts?: {
    readonly title?: string | null;
    readonly subtitle?: string | null;
    readonly firstMessage?: string | null;
    readonly placeholder?: string | null;
    readonly suggestions?: readonly string[] | null;
    readonly fallback?: string | null;
    readonly aiNotice?: string | null;
    readonly language?: string | null;
  };
  readonly behaviour?: { readonly feedback?: boolean };
  readonly privacyUrl?: string | null;
};
