// How long the portal takes to answer for an address that somebody has, and for one that nobody has: sign-in with a wrong password, "forgotten your
// password?" and sign-up, one after the other, in turns. node benchmarks/sign-in.mjs URL KNOWN-ADDRESS [ROUNDS]
const [url, known, rounds = "200"] = process.argv.slice(2);
const forms = { "sign-in": "/account/sign-in", "forgotten password": "/account/forgot", "sign-up": "/account/sign-up" };

for (const [name, path] of Object.entries(forms)) {
  const page = await fetch(url + path);
  const cookie = page.headers
    .getSetCookie()
    .map(line => line.split(";")[0])
    .join("; ");
  const token = (await page.text()).match(/name="__RequestVerificationToken"[^>]*value="([^"]+)"/)[1];
  const took = { known: [], unknown: [] };
  for (let round = -10; round < Number(rounds); round++) {
    // Who comes first changes, so that neither gains by it.
    for (const who of round % 2 ? ["known", "unknown"] : ["unknown", "known"]) {
      const email = who === "known" ? known : `${crypto.randomUUID()}@nobody.example`;
      const body = new URLSearchParams({
        "Input.Email": email,
        "Input.Password": "not the password at all",
        "Input.Business": "A shop",
        "Input.Name": "Kim",
        __RequestVerificationToken: token,
      });
      const started = performance.now();
      const reply = await fetch(url + path, { method: "POST", headers: { cookie }, body, redirect: "manual" });
      await reply.text();
      if (![200, 422].includes(reply.status)) throw new Error(`${path} answered ${reply.status}`);
      if (round >= 0) took[who].push(performance.now() - started); // the first ten warm up
    }
  }

  const middle = values => values.sort((a, b) => a - b)[values.length >> 1];
  const [k, u] = [middle(took.known), middle(took.unknown)];
  const spread = values => `${values[values.length >> 2].toFixed(1)} to ${values[(values.length * 3) >> 2].toFixed(1)}`;
  console.log(
    `${name}: median ${k.toFixed(1)} ms known (half of them ${spread(took.known)}), ${u.toFixed(1)} ms unknown (${spread(took.unknown)}); unknown/known ${(u / k).toFixed(3)}, ${rounds} each`,
  );
}
