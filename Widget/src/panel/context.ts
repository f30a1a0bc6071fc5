import type { Page as DescribedPage } from "../chat/api.ts";
import type { Config } from "../config.ts";
import { set } from "../launcher/dependencies.ts";
import type { Frame } from "../launcher/frame.ts";
import { spokenLanguage, wishedLanguages } from "../launcher/language.ts";
import { isRightToLeft, type Strings } from "../strings.ts";

/** Everything that the parts of the panel need. */
export type Context = Omit<Frame, "page"> & {
  readonly config: Config;
  readonly strings: Strings;
  readonly language: string;
  /** The names of the bot and of the business for visitors. */
  readonly name: string;
  readonly business: string;
  readonly page: () => DescribedPage;
};

/** Waits for the config and the language, and prepares the box for them. */
export async function createContext(frame: Frame): Promise<Context> {
  const { box, configure, chunk, dataset, lifetime } = frame;
  const font = pageFont(box);
  const config = await configure();
  const { business, look, texts } = config;
  const language = spokenLanguage(dataset, texts?.language);
  const { default: translation } = await chunk(language);
  lifetime.throwIfAborted();

  set(box, "lang", language);
  set(box, "dir", isRightToLeft(wishedLanguages(dataset, texts?.language), language) ? "rtl" : "ltr");
  if (look?.font !== "system" && font) box.style.setProperty("--font", font);
  const name = texts?.title || business || "";
  return {
    ...frame,
    config,
    language,
    strings: { ...translation, ...texts?.strings },
    name,
    business: business || name,
    page: () => describePage(frame.page()),
  };
}

/** The page's own font, or nothing if the page never chose one: then it has the browser's, whatever that is called. */
function pageFont(box: HTMLElement): string | false {
  const { style } = box;
  const font = getComputedStyle(document.body).fontFamily;
  style.fontFamily = "initial";
  const isChosen = getComputedStyle(box).fontFamily !== font;
  style.fontFamily = "";
  return isChosen && font;
}

/** What the bot is told about the visitor's page. */
function describePage(told: ReturnType<Frame["page"]>): DescribedPage {
  return {
    ...told,
    url: (told.url ?? location.href.split("#")[0]!).slice(0, 2000),
    title: (told.title ?? document.title).slice(0, 300),
  };
}
