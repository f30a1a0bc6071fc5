import type { Api, Refusal } from "./api.ts";
import type { Store } from "./storage.ts";

export type Session = <T>(call: (token: string) => Promise<T>) => Promise<T>;

/**
 * Makes calls with a token that is requested when first needed and renewed once when the portal calls it expired. `lost` is called when the
 * earlier conversation could not be resumed and a new one has started.
 */
export function createSession(api: Api, store: Store, lost: () => void): Session {
  let opening: Promise<string> | null = null;

  return async call => {
    const used = store.read().token ?? (await open());
    try {
      return await call(used);
    } catch (error) {
      const current = store.read().token;
      // Without a token the visitor has left this conversation meanwhile.
      if ((error as Refusal).status !== 401 || !current) throw error;
      // Another tab may have renewed it; several calls that expire together renew it once.
      return call(current !== used ? current : await open());
    }
  };

  function open(): Promise<string> {
    return (opening ??= start().finally(() => {
      opening = null;
    }));
  }

  async function start(): Promise<string> {
    const { visitorId, token } = store.read();
    const opened = await api.open({ visitorId, token });
    store.change({ token: opened.token, visitorId: opened.visitorId });
    if (token && !opened.resumed) lost();
    return opened.token;
  }
}
