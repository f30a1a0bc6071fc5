import type { Config } from "../config.ts";
import { warn } from "./snippet.ts";

/** The one request that is made before the visitor reaches for the chat. `refused` hears when the portal says no. */
export async function fetchConfig(
  portal: string,
  api: string,
  widget: string,
  signal: AbortSignal,
  refused: (code: string, status: number) => void,
): Promise<Config> {
  // A task of its own, so that none is long; and whoever records where requests come from finds nothing above it to read.
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
