export type ServerEvent = { readonly name: string; readonly data: string };

/** Takes server-sent events apart, whatever pieces the network delivers them in (the WHATWG rules, without ids and retry). */
export class EventParser {
  #rest = "";
  #name = "";
  #data: string[] = [];

  push(chunk: string): ServerEvent[] {
    // CR, LF and CRLF all end a line; a CR at the very end waits for the LF that may follow.
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop()!;
    return lines.flatMap(line => {
      const [, field, value = ""] = /^([^:]*)(?:: ?([^]*))?/.exec(line)!;
      if (field === "event") this.#name = value;
      if (field === "data") this.#data.push(value);
      if (line) return [];

      const event = { name: this.#name || "message", data: this.#data.join("\n") };
      const found = this.#data.length > 0 ? [event] : [];
      this.#name = "";
      this.#data = [];
      return found;
    });
  }
}

/** The events of an answer as they come. Ends early when nothing at all, not even a ping, came for `idle` milliseconds. */
export async function* eventsOf(response: Response, idle: number): AsyncGenerator<ServerEvent> {
  const parser = new EventParser();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const timer = setTimeout(() => void reader.cancel().catch(() => 0), idle);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    yield* parser.push(value);
  }
}
