// Builds wwwroot/lib/: everything from npm that pages load, and the icons they use. Run by `npm run build`, before dotnet.
import { build, transform } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const lib = join(here, "wwwroot/lib");
const npm = join(here, "node_modules");

await rm(lib, { recursive: true, force: true });
await mkdir(lib, { recursive: true });

// The parts of Chart.js that our charts use.
const chart = `
  import { BarController, BarElement, CategoryScale, Chart, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip } from "chart.js";
  Chart.register(BarController, BarElement, CategoryScale, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);
  export { Chart };
`;

// In the widget the panel takes these from the launcher, which our pages do not have.
const widget = {
  name: "widget",
  setup(plugin) {
    plugin.onResolve({ filter: /\/dependencies\.ts$/ }, () => ({ path: join(here, "../Widget/src/dom.ts") }));
  },
};

const common = { bundle: true, minify: true, outdir: lib, legalComments: "linked", logLevel: "warning" };
await Promise.all([
  writeStyles(),
  build({
    ...common,
    stdin: { contents: chart, resolveDir: here, sourcefile: "chart.js" },
    format: "esm",
    outfile: join(lib, "chart.js"),
    outdir: undefined,
  }),
  build({ ...common, entryPoints: [join(here, "Scripts/bot-answer.js")], format: "esm", plugins: [widget] }),
  cp(join(npm, "htmx.org/dist/htmx.min.js"), join(lib, "htmx.min.js")),
  writeIcons(),
]);

// The rules of Tabler that a page may need, and all of our own.
async function writeStyles() {
  const { outputFiles } = await build({
    ...common,
    minify: false,
    write: false,
    entryPoints: [join(here, "Styles/portal.css")],
    loader: { ".woff2": "file" },
    assetNames: "fonts/[name]",
  });
  await mkdir(join(lib, "fonts"));
  for (const { path, contents, text } of outputFiles)
    await writeFile(path, path.endsWith("portal.css") ? await lean(text) : contents);
}

// Any word of our pages, code and scripts that is the name of a class, an element or an attribute counts as a use of it. A name that is
// composed at run time would be missed: write it out, or add it to `made`. A test looks on every page for missing rules.
async function lean(css) {
  // Of a list with groups.
  const made = ["optgroup"];
  const own = (
    await Promise.all((await readdir(join(here, "Styles"))).map(file => readFile(join(here, "Styles", file), "utf8")))
  ).join("\n");
  const sources = await readSources(/\.(cshtml|cs|js)$/);
  const [{ css: kept, rejected }] = await new PurgeCSS().purge({
    content: [{ raw: sources.join("\n"), extension: "html" }],
    css: [{ raw: css }],
    defaultExtractor: text => text.match(/[A-Za-z][\w-]*/g) ?? [],
    // Set by scripts: the direction of each block of an answer.
    dynamicAttributes: ["dir"],
    safelist: {
      standard: [...made, ...own.match(/(?<=\.)[a-z][\w-]*/g)],
      variables: sources.join("\n").match(/--[a-z][\w-]*/g) ?? [],
    },
    variables: true,
    keyframes: true,
    rejected: true,
  });
  await mkdir(join(here, "obj"), { recursive: true });
  await writeFile(join(here, "obj/left-out.json"), JSON.stringify(reaches(rejected), null, 1));
  return (await transform(kept, { loader: "css", minify: true, legalComments: "none" })).code;
}

// Whom a rule is for, in whatever state: what a test asks a page for.
function reaches(selectors) {
  const states =
    /::?(before|after|placeholder|marker|backdrop|file-selector-button|hover|focus-visible|focus-within|focus|active|checked|indeterminate|disabled|enabled|invalid|valid|required|placeholder-shown|-[\w-]+)(?![\w-])/g;
  return [...new Set(selectors.map(selector => selector.trim().replace(states, ":is(*)")))].filter(selector =>
    /[.#[]|^[a-z]/.test(selector),
  );
}

async function readSources(names) {
  const files = (await readdir(here, { recursive: true })).filter(
    path => names.test(path) && !/(^|\/)(node_modules|bin|obj|lib)\//.test(path),
  );
  return Promise.all(files.map(path => readFile(join(here, path), "utf8")));
}

// Any quoted text in our pages or code that is the name of an outline icon counts as a use of it: a few too many, none missing.
async function writeIcons() {
  const outline = join(npm, "@tabler/icons/icons/outline");
  const known = new Set((await readdir(outline)).map(file => file.replace(/\.svg$/, "")));

  const texts = await readSources(/\.(cshtml|cs)$/);
  const used = new Set(
    texts.flatMap(text => [...text.matchAll(/"([a-z0-9-]+)"/g)].map(match => match[1])).filter(name => known.has(name)),
  );

  const icons = {};
  for (const name of [...used].sort()) {
    const svg = await readFile(join(outline, `${name}.svg`), "utf8");
    icons[name] = [...svg.matchAll(/<(?!svg|\/svg|!--)[^>]+\/>/g)]
      .map(shape => shape[0])
      .filter(shape => !shape.includes('stroke="none"'))
      .join("");
  }

  await writeFile(join(lib, "icons.json"), JSON.stringify(icons, null, 1));
}
