const divider = /^\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** Whether two lines begin a table. */
export function isTable(head: string, line: string): boolean {
  return line.includes("|") && divider.test(line) && cells(head).length === cells(line).length;
}

export function cells(line: string): string[] {
  // An escaped bar is text, also in code.
  return line
    .trim()
    .replace(/\\\|/g, "\0")
    .replace(/^\||\|$/g, "")
    .split("|")
    .map(cell => cell.trim().replace(/\0/g, "|"));
}
