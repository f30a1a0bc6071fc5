// A real SMTP server for the tests: node server.mjs PORT KEY.pem CERT.pem. Says each event as a line of JSON, and answers a line that it has told all.
// What it does with a mail stands in the address: refused@ is refused for good, moved@ for good at the first try only, gray@ at the first try
// only; what is for dropped@ is taken the first time, and the line breaks before the server could say so.
import { readFileSync } from "node:fs";
import { SMTPServer } from "smtp-server";

const [port, key, cert] = process.argv.slice(2);
const seen = new Set();
const say = event => process.stdout.write(`${JSON.stringify(event)}\n`);
const isFirst = address => !seen.has(address) && Boolean(seen.add(address));
const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });

const server = new SMTPServer({
  key: readFileSync(key),
  cert: readFileSync(cert),
  authMethods: ["PLAIN", "LOGIN"],
  onAuth: ({ username, password }, session, done) =>
    username === "portal" && password === "mail secret"
      ? done(null, { user: username })
      : done(refusal(535, "Bad credentials")),
  onRcptTo: ({ address }, session, done) => {
    if (address.startsWith("refused")) return done(refusal(550, "No such mailbox"));
    if (address.startsWith("moved") && isFirst(address)) return done(refusal(550, "No such mailbox"));
    if (address.startsWith("gray") && isFirst(address)) return done(refusal(451, "Greylisted, come back later"));
    done();
  },
  onData: (stream, session, done) => {
    const chunks = [];
    stream.on("data", chunk => chunks.push(chunk));
    stream.on("end", () => {
      const to = session.envelope.rcptTo.map(recipient => recipient.address);
      say({ to, secure: session.secure, user: session.user, raw: Buffer.concat(chunks).toString("utf8") });
      if (to[0].startsWith("dropped") && isFirst(to[0]))
        return server.connections.forEach(connection => connection._socket.destroy());
      done();
    });
  },
});
server.on("error", error => say({ error: error.message }));
server.listen(Number(port), "127.0.0.1", () => say({ listening: server.server.address().port }));
process.stdin.on("data", () => say({ told: true })).on("end", () => process.exit(0));
