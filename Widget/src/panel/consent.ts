import type { Store } from "../chat/storage.ts";
import { h } from "../launcher/dependencies.ts";
import { fill } from "../strings.ts";
import type { Context } from "./context.ts";

export type Consent = ReturnType<typeof createConsent>;

/** What a visitor has to agree to before asking, where the client wants that. */
export function createConsent({ config, strings, business }: Context, store: Store, agreed: () => void) {
  const button = h("button", { click: agree }, strings.$agree);

  return { button, sentence: fill(strings.$consent, { business }), isGiven };

  function isGiven(): boolean {
    return !config.behavior?.consent || store.read().agreed;
  }

  function agree(): void {
    store.change({ agreed: true });
    agreed();
  }
}
