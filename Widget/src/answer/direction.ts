const letters = /\p{L}/u;
const rightward = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b]/;

/**
 * The direction of a text, by its words and not by its first letter, since an Arabic sentence may begin with a Latin name. Undefined
 * without words.
 */
export function direction(text: string): "ltr" | "rtl" | undefined {
  const words = text
    .slice(0, 2000)
    .split(/\s+/)
    .filter(word => letters.test(word) && !/^\(?(https?:|www\.)|@/i.test(word));
  const count = words.filter(word => rightward.test(word)).length;
  return words.length ? (count / words.length > 0.3 ? "rtl" : "ltr") : undefined;
}
