export type ServerEvent = { readonly name: string; readonly data: string };

/** Takes server-sent events apart, whatever pieces the network delivers them in (the WHATWG rules, without ids and retry). */
export class EventParser {
  #line = "";
  #skipLineFeed = false;
  #name = "";
  #data: string[] = [];
  #started = false;

  push(chunk: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    let from = 0;
    if (!this.#started && chunk !== "") {
      this.#started = true;
      if (chunk.charCodeAt(0) === 0xfeff) from = 1;
    }
    for (let i = from; i < chunk.length; i++) {
      const code = chunk.charCodeAt(i);
      if (code === 10 && this.#skipLineFeed && i === from) {
        from = i + 1;
        this.#skipLineFeed = false;
        continue;
      }
      this.#skipLineFeed = false;
      if (code !== 10 && code !== 13) continue;

      const event = this.#end(this.#line + chunk.slice(from, i));
      if (event) events.push(event);
      this.#line = "";
      from = i + 1;
      // CR, LF and CRLF all end a line, and CRLF may be cut in two.
      this.#skipLineFeed = code === 13;
    }
    this.#line += chunk.slice(from);
    return events;
  }

  #end(line: string): ServerEvent | null {
    if (line === "") {
      const event = this.#data.length > 0 ? { name: this.#name || "message", data: this.#data.join("\n") } : null;
      this.#name = "";
      this.#data = [];
      return event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "event") this.#name = value;
    if (field === "data") this.#data.push(value);
    return null;
  }
}

/** The events of an answer as they come. Throws when nothing at all, not even a ping, came for `idle` milliseconds. */
export async function* eventsOf(response: Response, idle: number): AsyncGenerator<ServerEvent> {
  const parser = new EventParser();
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await within(idle, reader.read());
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TypeError("The stream went silent")), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
