// Names that nobody but the widget knows are short in its bundle. Whoever looks for an element there asks for it by the name in the sources.
import { readdirSync, readFileSync } from "node:fs";

const read = file => readFileSync(new URL(`src/${file}`, import.meta.url), "utf8");
// These are written by the state of a turn, not by us.
const statuses = ["queued", "waiting", "streaming", "answered", "failed", "stopped"];
const known = [...new Set(["launcher.css", "panel.css"].flatMap(file => read(file).match(/(?<=\.)[a-z]\w*/g)))].filter(name => !statuses.includes(name));
const classes = new Map(known.map((name, at) => [name, letters(at)]));

// Custom properties too, but for those that the launcher sets.
const settings = ["color", "on", "atLight", "atDark", "radius", "offsetX", "offsetY", "phoneOffsetX", "phoneOffsetY", "font", "up"];
const properties = new Map([...new Set(read("launcher.css").match(/(?<=--)\w+(?=:)/g))].filter(name => !settings.includes(name)).map((name, at) => [name, letters(at)]));

/** `.launch .unread` as the bundle has it. */
export const selector = css => css.replace(/\.([a-z]\w*)/g, (_, name) => `.${classes.get(name) ?? name}`);

/** A style sheet as the bundle has it. */
export const inStyles = css => selector(css).replace(/--(\w+)/g, (_, name) => `--${properties.get(name) ?? name}`);

/** A source file with its classes as the bundle has them: those of elements, `"div.strip bad"`, and of `className`. */
export const inSource = code => code
  .replace(/"(div|p|span|button|section|dialog)\.([\w ]+)"/g, (_, tag, names) => `"${tag}.${names.replace(/\w+/g, name => classes.get(name))}"`)
  .replace(/(?<=className = `)\w+/g, name => classes.get(name));

/** Every sentence of the widget, in the order of the English file, which is what the portal publishes: new ones go to its end. */
export const sentences = [...read("languages/en.ts").matchAll(/^ {2}\$(\w+): "(.*)",$/gm)].map(([, name, english], at) => ({ name, key: `${at}`, english }));

export const languages = readdirSync(new URL("src/languages", import.meta.url)).map(file => file.slice(0, 2)).sort();

// Small letters only: in a page without a doctype class names that differ in case are the same.
function letters(at) {
  const alphabet = "abcdefghijklmnopqrstuvwxyz";
  return at < alphabet.length ? alphabet[at] : `${letters(Math.floor(at / alphabet.length) - 1)}${alphabet[at % alphabet.length]}`;
}
