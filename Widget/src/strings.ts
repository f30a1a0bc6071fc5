/** The keys of every text of the widget. `{…}` marks a placeholder; the build replaces the keys by numbers. */
export type Strings = {
  readonly $close: string;
  readonly $more: string;
  readonly $fresh: string;
  readonly $forget: string;
  readonly $forgetAsk: string;
  readonly $forgetYes: string;
  readonly $forgotten: string;
  readonly $cancel: string;
  readonly $placeholder: string;
  readonly $send: string;
  readonly $stop: string;
  readonly $often: string;
  readonly $ai: string;
  readonly $privacy: string;
  readonly $fine: string;
  readonly $log: string;
  readonly $you: string;
  readonly $bot: string;
  readonly $person: string;
  readonly $thinking: string;
  readonly $still: string;
  readonly $helpful: string;
  readonly $unhelpful: string;
  readonly $missing: string;
  readonly $copy: string;
  readonly $copied: string;
  readonly $sources: string;
  readonly $failed: string;
  readonly $again: string;
  readonly $stopped: string;
  readonly $queued: string;
  readonly $offline: string;
  readonly $newText: string;
  readonly $network: string;
  readonly $rate: string;
  readonly $long: string;
  readonly $widget: string;
  readonly $origin: string;
  readonly $sensitive: string;
  readonly $consent: string;
  readonly $agree: string;
  readonly $hello: string;
  readonly $download: string;
  readonly $demo: string;
  readonly $waiting: string;
};

/** Fills in the placeholders of a text. One without a value becomes empty, so that visitors never see our notation. */
export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => `${values[name] ?? ""}`);
}

/** The language to use: the client's choice, else the page's, else the browser's, else English. */
export function pickLanguage(known: readonly string[], ...wishes: readonly (string | null | undefined)[]): string {
  for (const wish of wishes) {
    const language = wish?.toLowerCase().split(/[-_]/)[0];
    if (language && known.includes(language)) return language;
  }
  return "en";
}

/**
 * Whether the chat runs from right to left: as the requested language does, also when the widget does not have it. Where none is named, as
 * the page does.
 */
export function isRightToLeft(wishes: readonly (string | null | undefined)[], spoken: string): boolean {
  const wish = wishes.find(wish => wish && /^[a-z]{2,3}([-_]|$)/i.test(wish));
  const page = typeof getComputedStyle === "function" && getComputedStyle(document.documentElement).direction === "rtl";
  return wish ? rightToLeft.test(wish) : page || rightToLeft.test(spoken);
}

const rightToLeft = /^(ar|arc|arz|azb|ckb|dv|fa|he|iw|ji|ks|ku-arab|mzn|nqo|pa-arab|pnb|ps|sd|syr|ug|ur|yi)([-_]|$)/i;

/** The locale of dates: the visitor's variant of the language in use, else the page's. */
export function pickLocale(spoken: string, ...wishes: readonly string[]): string {
  return (
    wishes
      .map(wish => wish.replace("_", "-"))
      .find(wish => /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(wish) && wish.toLowerCase().split("-")[0] === spoken) ?? spoken
  );
}

export const languages = "en de fr es pt it nl pl tr ar ja zh".split(" ");

/** The launcher's labels before any language is loaded, where it is not simply "Chat". */
export const labels: Readonly<Record<string, string>> = {
  pl: "Czat",
  tr: "Sohbet",
  ar: "محادثة",
  ja: "チャット",
  zh: "聊天",
};
