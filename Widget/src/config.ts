/**
 * The appearance. The portal has computed, for the client's color, the readable color on it (`on`) and its variants as text on light and
 * dark; numbers are pixels; a snippet's attributes have the same names, all text.
 */
export type Look = Readonly<
  Partial<
    Record<
      | "color"
      | "on"
      | "atLight"
      | "atDark"
      | "theme"
      | "position"
      | "size"
      | "font"
      | "radius"
      | "offsetX"
      | "offsetY"
      | "phoneOffsetX"
      | "phoneOffsetY"
      | "logo"
      | "avatar"
      | "logoPlate"
      | "avatarPlate",
      string | number | null | undefined
    >
  >
>;

/** The published config of a widget. Everything may be missing: an older portal must not break a page. */
export type Config = {
  readonly business?: string;
  readonly look?: Look;
  readonly texts?: {
    readonly title?: string | null;
    readonly subtitle?: string | null;
    readonly firstMessage?: string | null;
    readonly placeholder?: string | null;
    readonly suggestions?: readonly string[] | null;
    readonly fallback?: string | null;
    readonly aiNotice?: string | null;
    readonly language?: string | null;
    /** Custom labels, by the short names of `manifest.json`. */
    readonly strings?: Readonly<Record<string, string>>;
  };
  readonly behavior?: {
    readonly feedback?: boolean;
    readonly comments?: boolean;
    /** Seconds; null: never opens by itself. */
    readonly openAfter?: number | null;
    readonly consent?: boolean;
    readonly sensitiveHint?: boolean;
  };
  readonly privacyUrl?: string | null;
};
