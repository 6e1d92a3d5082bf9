// The alert rules and the dashboard, as files. scripts/replay-metrics.mjs tries them against a
// running server.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rules = join(root, "deploy/prometheus");
const read = (path) => readFileSync(join(root, path), "utf8");

function promtool(...args) {
  const run = spawnSync("promtool", args, { cwd: rules, encoding: "utf8" });
  return {
    missing: run.error?.code === "ENOENT",
    ok: run.status === 0,
    text: run.stdout + run.stderr,
  };
}

test("promtool takes the rules, and finds that each fires when it should", (t) => {
  const checked = promtool("check", "rules", "alerts.yml");
  if (checked.missing) return t.skip("promtool is not installed (Debian: prometheus)");
  assert.ok(checked.ok, checked.text);
  const tested = promtool("test", "rules", "alerts.test.yml");
  assert.ok(tested.ok, tested.text);
});

test("promtool takes the scrape configuration", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-promtool-"));
  try {
    for (const name of ["prometheus.yml", "alerts.yml"]) {
      copyFileSync(join(rules, name), join(folder, name));
    }
    writeFileSync(join(folder, "metrics-token"), "secret");
    const checked = promtool("check", "config", join(folder, "prometheus.yml"));
    if (checked.missing) return t.skip("promtool is not installed (Debian: prometheus)");
    assert.ok(checked.ok, checked.text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("rules and dashboard name metrics that the API has", () => {
  const known = new Set(read("api/src/telemetry/names.rs").match(/smooth_operator_\w+/g));
  for (const file of ["deploy/prometheus/alerts.yml", "deploy/grafana/dashboard.json"]) {
    for (const name of read(file).match(/smooth_operator_\w+/g)) {
      assert.ok(known.has(name.replace(/_bucket$/, "")), `${file}: ${name}`);
    }
  }
});

test("every alert is tested both ways, and explained to who is woken", () => {
  const alerts = [...read("deploy/prometheus/alerts.yml").matchAll(/- alert: (\w+)/g)];
  const tests = read("deploy/prometheus/alerts.test.yml");
  const operations = read("docs/OPERATIONS.md");
  assert.equal(alerts.length, 5);
  for (const [, name] of alerts) {
    assert.match(tests, new RegExp(`alertname: ${name}, exp_alerts: \\[\\]`), `${name} is quiet`);
    assert.match(tests, new RegExp(`alertname: ${name}\\n\\s+exp_alerts:\\n`), `${name} fires`);
    assert.ok(operations.includes(name), `OPERATIONS.md says nothing about ${name}`);
  }
});

test("no two panels of the dashboard are one, and each says its unit", () => {
  const { panels } = JSON.parse(read("deploy/grafana/dashboard.json"));
  assert.equal(new Set(panels.map((panel) => panel.id)).size, panels.length);
  const places = new Set(panels.map(({ gridPos }) => `${gridPos.x},${gridPos.y}`));
  assert.equal(places.size, panels.length);
  for (const panel of panels.filter((one) => one.type !== "row")) {
    assert.ok(panel.fieldConfig.defaults.unit, panel.title);
  }
});
