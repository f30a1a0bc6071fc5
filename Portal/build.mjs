// Makes wwwroot/lib/: everything from npm that pages load, and the icons they name. Run by `npm run build`, before dotnet.
import { build } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

const common = { bundle: true, minify: true, outdir: lib, legalComments: "linked", logLevel: "warning" };
await Promise.all([
  build({
    ...common,
    entryPoints: [join(here, "Styles/portal.css")],
    loader: { ".woff2": "file" },
    assetNames: "fonts/[name]",
  }),
  build({ ...common, stdin: { contents: chart, resolveDir: here, sourcefile: "chart.js" }, format: "esm", outfile: join(lib, "chart.js"), outdir: undefined }),
  cp(join(npm, "htmx.org/dist/htmx.min.js"), join(lib, "htmx.min.js")),
  writeIcons(),
]);

// Any quoted text in our pages or code that is the name of an outline icon counts as a use of it: a few too many, none missing.
async function writeIcons() {
  const outline = join(npm, "@tabler/icons/icons/outline");
  const known = new Set((await readdir(outline)).map(file => file.replace(/\.svg$/, "")));

  const sources = (await readdir(here, { recursive: true }))
    .filter(path => /\.(cshtml|cs)$/.test(path) && !/(^|\/)(node_modules|bin|obj)\//.test(path));
  const texts = await Promise.all(sources.map(path => readFile(join(here, path), "utf8")));
  const used = new Set(texts.flatMap(text => [...text.matchAll(/"([a-z0-9-]+)"/g)].map(match => match[1])).filter(name => known.has(name)));

  const icons = {};
  for (const name of [...used].sort()) {
    const svg = await readFile(join(outline, `${name}.svg`), "utf8");
    icons[name] = [...svg.matchAll(/<(?!svg|\/svg|!--)[^>]+\/>/g)].map(shape => shape[0]).filter(shape => !shape.includes('stroke="none"')).join("");
  }

  await writeFile(join(lib, "icons.json"), JSON.stringify(icons, null, 1));
}
