export type Cursor = ReturnType<typeof createCursor>;

/** What is left of a line, and the column it stands in: tabs are as wide as they have to be. */
export function createCursor(line: string) {
  let rest = line;
  let column = 0;

  return { rest: () => rest, text: () => rest.trimStart(), indent, skip, take };

  function indent(): number {
    let spaces = 0;
    for (let at = 0; ; at++) {
      if (rest[at] === "\t") spaces += 4 - ((column + spaces) % 4);
      else if (rest[at] === " ") spaces++;
      else return spaces;
    }
  }

  /** Takes so many columns of white space away, if there are so many; of a tab that is wider, spaces remain. */
  function skip(columns: number): string {
    while (columns > 0 && /^[ \t]/.test(rest)) {
      const width = rest[0] === "\t" ? 4 - (column % 4) : 1;
      const used = Math.min(width, columns);
      rest = " ".repeat(width - used) + rest.slice(1);
      column += used;
      columns -= used;
    }
    return rest;
  }

  function take(letters: number): void {
    rest = rest.slice(letters);
    column += letters;
  }
}
