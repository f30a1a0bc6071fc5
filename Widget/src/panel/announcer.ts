/** Announces a growing answer sentence by sentence, because nobody could follow it letter by letter. */
export function createAnnouncer(announce: (sentence: string) => void) {
  let told = 0;

  return { begin, tell };

  function begin(): void {
    told = 0;
  }

  function tell(text: string, growing: boolean): void {
    const rest = text.slice(told);
    // In Chinese and Japanese no space follows a sentence.
    const sentences = growing ? (/^[^]*([.!?؟](?=\s)|[。！？])/.exec(rest)?.[0] ?? "") : rest;
    if (sentences) announce(sentences);
    told += sentences.length;
  }
}
