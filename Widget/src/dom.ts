type Attributes = Readonly<Record<string, string | number | boolean | null | undefined | (() => void)>>;
type Part = Node | string | null | undefined | false | Attributes;

/**
 * Creates an element, `h("div.strip bad", …)`, from attributes and children in any order; a function among the attributes is a listener.
 * Text is always text: nothing in the widget parses HTML.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`,
  ...parts: readonly Part[]
): HTMLElementTagNameMap[K] {
  const [name, classes] = tag.split(".");
  const element = document.createElement(name as K);
  set(element, "class", classes);
  for (const part of parts) {
    if (typeof part === "string" || part instanceof Node) element.append(part);
    else for (const name in part as Attributes) set(element, name, (part as Attributes)[name]);
  }
  return element;
}

export function set(element: Element, name: string, value: Attributes[string]): void {
  if (typeof value === "function") element.addEventListener(name, value);
  else if (value || value === "" || value === 0) element.setAttribute(name, value === true ? "" : `${value}`);
  else element.removeAttribute(name);
}

/** A 24 × 24 icon; the button around it has the label. */
export function icon(path: string): SVGSVGElement {
  const [svg, line] = ["svg", "path"].map(name => document.createElementNS("http://www.w3.org/2000/svg", name)) as [
    SVGSVGElement,
    SVGPathElement,
  ];
  set(svg, "viewBox", "0 0 24 24");
  set(svg, "aria-hidden", "true");
  set(line, "d", path);
  svg.append(line);
  return svg;
}

/** Replaces the icon of a button. */
export function redraw(button: Element, path: string): void {
  set(button.querySelector("path")!, "d", path);
}

/** Applies a style sheet: as an element where the browser needs one (Safari before 16.4). Returns a function that removes it. */
export function applyStyles(root: Document | ShadowRoot, css: string): () => void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return () => {
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter(other => other !== sheet);
    };
  } catch {
    const element = h("style", css);
    ((root as Document).documentElement ?? root).append(element);
    return () => element.remove();
  }
}
