// Holds every template in this folder against what n8n needs to import it and what the portal needs to be answered.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

const folder = new URL(".", import.meta.url);
const files = readdirSync(folder).filter(name => name.endsWith(".json"));
const readme = readFileSync(new URL("README.md", folder), "utf8");

// The node versions these templates were written for, all of them known to n8n 2.x.
const versions = {
  "n8n-nodes-base.webhook": 2.1,
  "n8n-nodes-base.respondToWebhook": 1.5,
  "n8n-nodes-base.code": 2,
  "n8n-nodes-base.set": 3.4,
  "n8n-nodes-base.if": 2.2,
  "n8n-nodes-base.crypto": 1,
  "n8n-nodes-base.httpRequest": 4.2,
  "n8n-nodes-base.stickyNote": 1,
  "@n8n/n8n-nodes-langchain.chatTrigger": 1.4,
  "@n8n/n8n-nodes-langchain.agent": 3.1,
  "@n8n/n8n-nodes-langchain.lmChatOpenAi": 1.3,
  "@n8n/n8n-nodes-langchain.memoryBufferWindow": 1.3,
};
const triggers = ["n8n-nodes-base.webhook", "@n8n/n8n-nodes-langchain.chatTrigger"];

const targets = connections =>
  Object.entries(connections).flatMap(([from, kinds]) =>
    Object.entries(kinds).flatMap(([kind, outputs]) =>
      outputs.flat().map(({ node, type }) => ({ from, kind, node, type })),
    ),
  );

const strings = value =>
  typeof value === "string" ? [value] : value && typeof value === "object" ? Object.values(value).flatMap(strings) : [];

test("The folder has the five templates, and the page names each", () => {
  assert.deepEqual([...files].sort(), [
    "agent-streaming.json",
    "answers-later.json",
    "chat-trigger.json",
    "signed-webhook.json",
    "webhook-respond.json",
  ]);
  for (const file of files) {
    assert.ok(readme.includes(file), `README.md does not name ${file}`);
  }
});

for (const file of files) {
  const workflow = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  const names = workflow.nodes.map(node => node.name);
  const trigger = workflow.nodes.find(node => triggers.includes(node.type));
  const links = targets(workflow.connections);

  test(`${file}: nodes have unique names and ids, and versions that n8n 2.x knows`, () => {
    assert.equal(new Set(names).size, names.length);
    assert.equal(new Set(workflow.nodes.map(node => node.id)).size, names.length);
    for (const node of workflow.nodes) {
      assert.equal(node.typeVersion, versions[node.type], `${node.name} (${node.type})`);
      assert.ok(node.position.length === 2 && node.parameters, node.name);
    }
  });

  test(`${file}: every connection joins nodes that are there, and every node is reached`, () => {
    for (const link of links) {
      assert.ok(names.includes(link.from) && names.includes(link.node), `${link.from} → ${link.node}`);
      assert.equal(link.kind, link.type);
    }
    for (const node of workflow.nodes.filter(node => node !== trigger && !node.type.endsWith("stickyNote"))) {
      assert.ok(
        links.some(link => link.node === node.name || (link.from === node.name && link.kind !== "main")),
        `${node.name} hangs loose`,
      );
    }
  });

  test(`${file}: every node that an expression names is there`, () => {
    for (const text of strings(workflow.nodes.map(node => node.parameters))) {
      for (const [, name] of text.matchAll(/\$\('([^']+)'\)/g)) {
        assert.ok(names.includes(name), `$('${name}')`);
      }
    }
  });

  test(`${file}: the trigger takes POST, and its way of answering fits the nodes`, () => {
    const responders = workflow.nodes.filter(node => node.type === "n8n-nodes-base.respondToWebhook");
    const mode = trigger.parameters.responseMode ?? trigger.parameters.options.responseMode;
    assert.equal(workflow.active, false);
    assert.ok(trigger.webhookId);
    assert.equal(trigger.parameters.httpMethod ?? "POST", "POST");
    // n8n refuses the whole workflow when a response node and the trigger's mode disagree.
    assert.equal(responders.length > 0, mode === "responseNode");
    if (mode === "streaming") {
      assert.ok(workflow.nodes.some(node => node.parameters.options?.enableStreaming === true));
    }
  });

  test(`${file}: a question read from a Webhook node is read below body`, () => {
    const direct = new Set(
      links.filter(link => link.from === trigger.name && link.kind === "main").map(link => link.node),
    );
    const below = trigger.type === "n8n-nodes-base.webhook";
    for (const node of workflow.nodes.filter(node => direct.has(node.name))) {
      for (const text of strings(node.parameters)) {
        assert.ok(
          !below || !/\$json\.(chatInput|sessionId|systemPrompt|callbackUrl)/.test(text),
          `${node.name}: ${text}`,
        );
      }
    }
  });

  test(`${file}: carries no credential, host or secret of ours`, () => {
    assert.ok(workflow.nodes.every(node => !node.credentials));
    assert.ok(!/https?:\/\//.test(JSON.stringify(workflow.nodes.map(node => node.parameters))));
  });
}

// What people stumbled over with a real n8n.
test("No OpenAI model asks for the Responses API, which most servers with its interface lack", () => {
  const models = files
    .flatMap(file => JSON.parse(readFileSync(new URL(file, folder), "utf8")).nodes)
    .filter(node => node.type.endsWith("lmChatOpenAi"));
  assert.ok(models.length);
  for (const { name, parameters } of models) {
    assert.equal(parameters.responsesApiEnabled, false, name);
  }
});

test("One template uses the history that the portal sends, and the page says which", () => {
  const workflow = JSON.parse(readFileSync(new URL("agent-streaming.json", folder), "utf8"));
  assert.ok(strings(workflow.nodes.map(node => node.parameters)).some(text => text.includes("$json.body.history")));
  assert.ok(!workflow.nodes.some(node => node.type.endsWith("memoryBufferWindow")));
  assert.match(readme, /agent-streaming\.json.*`history`/);
});

test("The page says it in the words of n8n 2, and warns of a credential that n8n chooses by itself", () => {
  assert.match(readme, /Import → From file/);
  assert.match(readme, /credential[^.]*n8n may select an existing one/i);
});

// The stand-in answer of the smallest template really runs.
test("webhook-respond.json: its code answers what it knows and admits what it does not", () => {
  const workflow = JSON.parse(readFileSync(new URL("webhook-respond.json", folder), "utf8"));
  const { jsCode } = workflow.nodes.find(node => node.type === "n8n-nodes-base.code").parameters;
  const ask = chatInput => new Function("$input", jsCode)({ first: () => ({ json: { body: { chatInput } } }) })[0].json;

  assert.match(ask("When are you OPEN?").output, /Monday/);
  assert.ok(ask("When are you open?").confidence > 0.8);
  assert.ok(ask("Who are you?").confidence < 0.5);
  assert.equal(ask("").suggestions.length, 3);
});
