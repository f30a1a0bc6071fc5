import { Refusal, type Api, type Page } from "./api.ts";
import type { Store } from "./storage.ts";

/** Keeps a token at hand: opened when first needed, resumed once when the portal calls it expired. */
export class Session {
  readonly #api: Api;
  readonly #store: Store;
  readonly #page: () => Page;
  readonly #lost: () => void;
  #opening: Promise<string> | null = null;

  /** `lost` hears that the earlier conversation could not be resumed and a new one has begun. */
  constructor(api: Api, store: Store, page: () => Page, lost: () => void) {
    this.#api = api;
    this.#store = store;
    this.#page = page;
    this.#lost = lost;
  }

  async use<T>(call: (token: string) => Promise<T>): Promise<T> {
    const token = this.#store.read().token ?? await this.#open();
    try {
      return await call(token);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      // Another tab may have renewed it meanwhile; several calls that expire together renew it once.
      const current = this.#store.read().token;
      return call(current && current !== token ? current : await this.#open());
    }
  }

  #open(): Promise<string> {
    return this.#opening ??= this.#start().finally(() => { this.#opening = null; });
  }

  async #start(): Promise<string> {
    const { visitorId, token } = this.#store.read();
    const opened = await this.#api.open({ visitorId, token }, this.#page());
    this.#store.change({ token: opened.token, visitorId: opened.visitorId ?? visitorId });
    if (token && !opened.resumed) this.#lost();
    return opened.token;
  }
}
