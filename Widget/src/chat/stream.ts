export type ServerEvent = { readonly name: string; readonly data: string };

/** Parses server-sent events, in whatever pieces the network delivers them (the WHATWG rules, without ids and retry). */
export function createParser(): (chunk: string) => ServerEvent[] {
  let rest = "";
  let name = "";
  let data: string[] = [];

  return chunk => {
    // CR, LF and CRLF all end a line; a CR at the very end waits for the LF that may follow.
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    return lines.flatMap(line => {
      const [, field, value = ""] = /^([^:]*)(?:: ?([^]*))?/.exec(line)!;
      if (field === "event") name = value;
      if (field === "data") data.push(value);
      if (line) return [];

      const found = data.length > 0 ? [{ name: name || "message", data: data.join("\n") }] : [];
      name = "";
      data = [];
      return found;
    });
  };
}

/**
 * Yields the events of an answer until the last one. Throws when the stream ends first, or nothing at all, not even a ping, arrives for
 * `idle` milliseconds.
 */
export async function listen<T>(response: Response, idle: number, hear: (event: ServerEvent) => T | null): Promise<T> {
  const parse = createParser();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const timer = setTimeout(() => void reader.cancel().catch(() => 0), idle);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) throw new Error("cut");
    for (const event of parse(value)) {
      const end = hear(event);
      if (end) return end;
    }
  }
}
