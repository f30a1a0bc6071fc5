import type { Api, Page, Refusal } from "./api.ts";
import type { Store } from "./storage.ts";

export type Session = <T>(call: (token: string) => Promise<T>) => Promise<T>;

/**
 * Makes calls with a token that is opened when first needed and resumed once when the portal calls it expired.
 * `lost` hears that the earlier conversation could not be resumed and a new one has begun.
 */
export function createSession(api: Api, store: Store, page: () => Page, lost: () => void): Session {
  let opening: Promise<string> | null = null;

  return async call => {
    const { token } = store.read();
    const used = token ?? await open();
    try {
      return await call(used);
    } catch (error) {
      if ((error as Refusal).status !== 401) throw error;
      // Another tab may have renewed it meanwhile; several calls that expire together renew it once.
      const current = store.read().token;
      return call(current && current !== used ? current : await open());
    }
  };

  function open(): Promise<string> {
    return opening ??= start().finally(() => { opening = null; });
  }

  async function start(): Promise<string> {
    const { visitorId, token } = store.read();
    const opened = await api.open({ visitorId, token }, page());
    store.change({ token: opened.token, visitorId: opened.visitorId ?? visitorId });
    if (token && !opened.resumed) lost();
    return opened.token;
  }
}
