type Child = Node | string | null | undefined | false;
type Attributes = Readonly<Record<string, string | number | boolean | null | undefined | (() => void)>>;

/** Builds an element; a function among the attributes listens. Text is always text: nothing in the widget parses HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const name in attributes) set(element, name, attributes[name]);
  element.append(...children.filter(child => child) as (Node | string)[]);
  return element;
}

export function set(element: Element, name: string, value: Attributes[string]): void {
  if (typeof value === "function") element.addEventListener(name, value);
  else if (value || value === "" || value === 0) element.setAttribute(name, value === true ? "" : `${value}`);
  else element.removeAttribute(name);
}

/** A 24 × 24 line drawing; the button around it carries the words. */
export function icon(path: string): SVGSVGElement {
  const [svg, line] = ["svg", "path"].map(name => document.createElementNS("http://www.w3.org/2000/svg", name)) as [SVGSVGElement, SVGPathElement];
  set(svg, "viewBox", "0 0 24 24");
  set(svg, "aria-hidden", "true");
  set(line, "d", path);
  svg.append(line);
  return svg;
}

export function sheet(css: string): CSSStyleSheet {
  const styles = new CSSStyleSheet();
  styles.replaceSync(css);
  return styles;
}
