// Fetched only by pages with a second widget.
const gap = 12;

/** Launchers that would cover each other stand one above the other, in the order of their elements; their chats open above all of them. */
export default function stack(): void {
  const widgets = [...document.querySelectorAll<HTMLElement>("chat-portal-widget")].flatMap(({ shadowRoot, dataset: { widget } }) => {
    const button = shadowRoot?.querySelector("button");
    return button ? [{ button, widget }] : [];
  });
  const lift = (button: Element, name: string, px: string) => (button.parentNode as HTMLElement).style.setProperty(name, px);
  const placed: [rect: DOMRect, lift: number, widget: string | undefined][] = [];
  // One alone is where it is. Nothing has to be laid out for it.
  for (const { button, widget } of widgets[1] ? widgets : []) {
    lift(button, "--lift", "");
    const rect = button.getBoundingClientRect();
    let by = 0;
    // One and the same may be drawn over itself, while the one takes the place of the other.
    const covers = ([other, up, another]: typeof placed[0]) => another !== widget && other.left < rect.right && rect.left < other.right && other.top - up < rect.bottom - by && rect.top - by < other.bottom - up;
    for (let other; (other = placed.find(covers));) by = rect.bottom - other[0].top + other[1] + gap;
    placed.push([rect, by, widget]);
    // A zoomed page enlarges what is written here.
    const px = `${by * button.offsetHeight / (rect.height || 1)}px`;
    lift(button, "--lift", px);
    if (by) for (const each of widgets) lift(each.button, "--panelLift", px);
  }
}
