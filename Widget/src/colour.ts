type Rgb = readonly [number, number, number];

const white: Rgb = [255, 255, 255];
const nearBlack: Rgb = [22, 22, 26];
const black: Rgb = [0, 0, 0];
const enough = 4.5;

/** The client's colour, the text on it, and itself as text on light and on dark, each with at least 4.5 : 1. */
export function palette(colour: string | null | undefined): string[] {
  const accent = parse(colour) ?? [43, 80, 220];
  // Between two narrow greys neither white nor our near-black is enough; pure black always is.
  const on = [white, nearBlack].find(candidate => contrast(accent, candidate) >= enough) ?? black;
  return [accent, on, shift(accent, [242, 242, 239], black), shift(accent, [36, 38, 44], white)].map(rgb => `rgb(${rgb})`);
}

export function parse(colour: string | null | undefined): Rgb | null {
  return /^#[\da-f]{6}$/i.test(colour ?? "") ? [1, 3, 5].map(at => parseInt(colour!.slice(at, at + 2), 16)) as unknown as Rgb : null;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(value => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Moves a colour towards black or white just far enough to be read on the ground. */
function shift(colour: Rgb, ground: Rgb, towards: Rgb): Rgb {
  for (let share = 0; share <= 1; share += 0.04) {
    const mixed = colour.map((value, i) => Math.round(value + ((towards[i] ?? 0) - value) * share)) as unknown as Rgb;
    if (contrast(mixed, ground) >= enough) return mixed;
  }
  return towards;
}
