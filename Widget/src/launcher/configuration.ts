import type { Config } from "../config.ts";
import { warn } from "./snippet.ts";

/** The one request before the visitor reaches for the chat. `refused` is called when the portal refuses it. */
export async function fetchConfig(
  portal: string,
  api: string,
  widget: string,
  signal: AbortSignal,
  refused: (code: string, status: number) => void,
): Promise<Config> {
  // A task of its own, so that none is long; and tools that record where requests come from find no long stack.
  await new Promise(setTimeout as never);
  const response = await fetch(`${api}config`, { credentials: "omit", signal }).catch(error => {
    if (!signal.aborted) warn(`${portal} cannot be reached: check connect-src and wrappers of fetch.`);
    throw error;
  });
  const config = await response.json();
  if (response.ok) return config;
  warn(`Widget ${widget}: ${config.title ?? config.code}`);
  refused(config.code, response.status);
  throw new Error(config.code);
}
