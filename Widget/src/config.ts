/** What the portal tells the public about a widget. Read leniently: an older or newer portal must not break a page. */
export type Config = {
  readonly business: string;
  readonly color: string | null;
  readonly theme: "auto" | "light" | "dark";
  readonly position: "left" | "right";
  readonly title: string;
  readonly subtitle: string;
  readonly firstMessage: string;
  readonly placeholder: string;
  readonly suggestions: readonly string[];
  readonly fallback: string;
  readonly aiNotice: string;
  readonly language: string;
  readonly feedback: boolean;
  readonly privacyUrl: string | null;
};

export function parseConfig(raw: unknown): Config {
  const root = fields(raw);
  const look = fields(root["look"]);
  const texts = fields(root["texts"]);
  const business = text(root["business"]);
  return {
    business,
    color: text(look["color"]) || null,
    theme: one(look["theme"], ["light", "dark"], "auto"),
    position: one(look["position"], ["left"], "right"),
    title: text(texts["title"]) || business,
    subtitle: text(texts["subtitle"]),
    firstMessage: text(texts["firstMessage"]),
    placeholder: text(texts["placeholder"]),
    suggestions: Array.isArray(texts["suggestions"]) ? texts["suggestions"].map(text).filter(Boolean).slice(0, 6) : [],
    fallback: text(texts["fallback"]),
    aiNotice: text(texts["aiNotice"]),
    language: text(texts["language"]) || "auto",
    feedback: fields(root["behaviour"])["feedback"] !== false,
    privacyUrl: text(root["privacyUrl"]) || null,
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

function one<T extends string, F extends string>(value: unknown, allowed: readonly T[], otherwise: F): T | F {
  return allowed.find(item => item === value) ?? otherwise;
}
