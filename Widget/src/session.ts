import { Refusal, type Api, type Page } from "./api.ts";
import type { Store } from "./storage.ts";

/** Keeps a token at hand: opened when first needed, resumed once when the portal calls it expired. */
export class Session {
  readonly #api: Api;
  readonly #store: Store;
  readonly #page: () => Page;
  readonly #life: AbortSignal;
  #opening: Promise<string> | null = null;

  /** Called when the earlier conversation could not be resumed and a new one has begun. */
  onLost: () => void = () => undefined;

  constructor(api: Api, store: Store, page: () => Page, life: AbortSignal) {
    this.#api = api;
    this.#store = store;
    this.#page = page;
    this.#life = life;
  }

  get exists(): boolean {
    return this.#store.read().token !== null;
  }

  async use<T>(call: (token: string) => Promise<T>): Promise<T> {
    const token = this.#store.read().token ?? await this.open();
    try {
      return await call(token);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      // Another tab may have renewed it meanwhile; several calls that expire together renew it once.
      const current = this.#store.read().token;
      return await call(current && current !== token ? current : await this.open());
    }
  }

  open(): Promise<string> {
    this.#opening ??= this.#start().finally(() => { this.#opening = null; });
    return this.#opening;
  }

  async #start(): Promise<string> {
    const { visitorId, token } = this.#store.read();
    const opened = await this.#api.open({ visitorId, token }, this.#page(), this.#life);
    this.#store.change({ token: opened.token, visitorId: opened.visitorId ?? visitorId });
    if (token && !opened.resumed) this.onLost();
    return opened.token;
  }
}
