import { find, isPending, type Conversation } from "./conversation.ts";

/** What a tab remembers from page to page; nothing before the visitor has opened the chat in it. */
export type Tab = {
  readonly open?: boolean;
  readonly draft?: string;
  /** The questions whose answers the visitor has not seen, and how many of them have arrived. */
  readonly unseen?: readonly string[];
  readonly unread?: number;
};

/** The stored value, whoever wrote it. */
export function peekTab(key: string): Tab {
  try {
    return JSON.parse(sessionStorage.getItem(key)!) ?? {};
  } catch {
    // Nothing stored, or storage is blocked.
    return {};
  }
}

export function readTab(key: string): Tab {
  const saved = peekTab(key);
  const { open, draft, unseen, unread } = saved;
  return !Object.keys(saved).length
    ? {}
    : {
        open: open === true,
        draft: `${draft ?? ""}`,
        unseen: Array.isArray(unseen) ? unseen : [],
        unread: Number(unread) || 0,
      };
}

/** Stores it, or removes it when there is none. */
export function writeTab(key: string, tab: Tab | null): void {
  try {
    if (tab)
      sessionStorage.setItem(
        key,
        JSON.stringify({ ...tab, unseen: Object.assign([...(tab.unseen ?? [])], { toJSON: undefined }) }),
      );
    else sessionStorage.removeItem(key);
  } catch {
    // Blocked or full: the next page starts afresh.
  }
}

export type TabMemory = ReturnType<typeof createTabMemory>;

/** Keeps it for the next page: whether the chat is open, what is being written, and what has not been seen. `count` hears how many answers that is; nothing is kept before it is `allowed`. */
export function createTabMemory(key: string, count: (unread: number) => void, allowed: () => boolean) {
  const saved = readTab(key);
  let tab: Tab = saved;
  // Whether the visitor has used the chat in this tab.
  let used = saved.open !== undefined;

  return { draft: saved.draft, isUsed: () => used, use, see, forget, clear };

  function use(part: Tab): void {
    used = true;
    keep(part);
  }

  /** The current turns, and whether the visitor sees them. */
  function see(conversation: Conversation, ours: (key: string) => boolean, isSeen: boolean): void {
    const pending = conversation.filter(turn => isPending(turn) && ours(turn.key)).map(turn => turn.key);
    const before = isSeen ? [] : (tab.unseen ?? []);
    const unseen = [...before, ...pending.filter(known => !before.includes(known))];
    const came = unseen.filter(known => find(conversation, known)?.status === "answered").length;
    // Those of an earlier page may not have been loaded yet.
    const unread = isSeen ? 0 : Math.max(came, tab.unread ?? 0);
    if (`${unseen}` === `${tab.unseen ?? ""}` && unread === (tab.unread ?? 0)) return;
    keep({ unseen, unread });
    count(unread);
  }

  /** Nobody waits for those answers anymore. */
  function forget(): void {
    keep({ unseen: [], unread: 0 });
    count(0);
  }

  function clear(): void {
    tab = {};
    writeTab(key, null);
    count(0);
  }

  function keep(part: Tab): void {
    tab = { ...tab, ...part };
    if (used && allowed()) writeTab(key, tab);
  }
}
