import { languages, pickLanguage } from "../strings.ts";

type Wish = string | null | undefined;

/** The languages that the snippet, the client (`chosen`) and the page name. */
export function wishedLanguages({ language }: DOMStringMap, chosen?: Wish): readonly Wish[] {
  return [language, chosen, document.documentElement.lang];
}

export function spokenLanguage(dataset: DOMStringMap, chosen?: Wish): string {
  return pickLanguage(languages, ...wishedLanguages(dataset, chosen), navigator.language);
}
