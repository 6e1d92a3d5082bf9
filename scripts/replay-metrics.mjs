// Checks the alert rules and the dashboard against real metrics: a stack that serves requests and
// fails on purpose, scraped by its own Prometheus (the distribution's package). Every query must be
// valid and find the series it names; alerts whose cause is present must fire.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startChild } from "./lib/child.mjs";
import { eventually } from "./lib/eventually.mjs";
import { freePort } from "./lib/ports.mjs";
import { signIn } from "./lib/visit.mjs";
import { startStack } from "./stack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const metricsToken = "metrics-token-of-this-test";
/** Metrics of failing stores, collectors and servers. This stack has none, and they appear at the first failure. */
const absent = [
  "smooth_operator_store_errors_total",
  "smooth_operator_spans_lost_total",
  "smooth_operator_mcp_server_away_total",
];

const dashboard = JSON.parse(readFileSync(join(root, "deploy/grafana/dashboard.json"), "utf8"));
const panels = dashboard.panels.filter((panel) => panel.type !== "row");
const queries = panels.flatMap((panel) =>
  panel.targets.map(({ expr }) => ({
    title: panel.title,
    expr: expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "1m"),
  })),
);

function prometheus(stack, port) {
  const folder = stack.folder;
  copyFileSync(join(root, "deploy/prometheus/alerts.yml"), join(folder, "alerts.yml"));
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [join(folder, "alerts.yml")],
    scrape_configs: [
      {
        job_name: "smooth-operator",
        authorization: { credentials: metricsToken },
        static_configs: [{ targets: stack.apis.map((api) => api.address) }],
      },
    ],
  };
  // JSON is valid YAML.
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const args = [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "prometheus")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const env = { PATH: process.env.PATH, HOME: folder };
  const log = join(stack.logs, "prometheus.log");
  return startChild({ name: "prometheus", command: "prometheus", args, env, log });
}

async function main() {
  const stack = await startStack({ shop: true, env: { METRICS_TOKEN: metricsToken } });
  const port = await freePort();
  const reader = prometheus(stack, port);
  try {
    const ask = async (path) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
      return answer?.json().catch(() => null);
    };
    const query = async (expr) => {
      const answer = await ask(`/api/v1/query?query=${encodeURIComponent(expr)}`);
      assert.equal(answer?.status, "success", `${expr}: ${answer?.error}`);
      return answer.data.result;
    };

    const bare = await fetch(`${stack.apis[0].url}/metrics`);
    assert.equal(bare.status, 401, "/metrics asks for its token");

    // Before and after, so that rates have two samples.
    const visitor = await signIn(stack.appOrigin, stack.passcode, stack.apiKey);
    const everything = async () => {
      await visitor.chat("Please keep a note that the demo is on Friday");
      await visitor.chat("[[fault:unknown-tool]] Please keep a note");
      await visitor.chat("Where is order 1001?");
      const asked = await visitor.chat("Please cancel order 1002");
      const [, thread] = /"thread_id":"([^"]+)"/.exec(asked);
      await visitor.chat("Never mind", thread);
      for (let n = 0; n < 6; n += 1) await visitor.chat("[[fault:400]] Hello");
    };
    await everything();
    await eventually(
      "the first scrape",
      async () => (await query('up{job="smooth-operator"} == 1').catch(() => [])).length,
    );
    await eventually(
      "a first count",
      async () => (await query("smooth_operator_runs_ended_total")).length,
    );
    await everything();
    await eventually(
      "what came after it",
      async () => (await query("increase(smooth_operator_runs_ended_total[1m]) > 0")).length,
    );

    const names = new Set();
    for (const { title, expr } of queries) {
      const found = await query(expr);
      const used = expr.match(/smooth_operator_\w+/g) ?? [];
      for (const name of used) names.add(name);
      if (used.some((name) => absent.includes(name))) continue;
      assert.ok(found.length > 0, `“${title}” finds nothing: ${expr}`);
      // A missing label groups everything under nothing, without an error.
      const by =
        /sum by \(([^)]*)\)/
          .exec(expr)?.[1]
          .split(", ")
          .filter((l) => l !== "le") ?? [];
      for (const label of by) assert.ok(label in found[0].metric, `“${title}”: no label ${label}`);
    }
    const metrics = await fetch(`${stack.apis[0].url}/metrics`, {
      headers: { authorization: `Bearer ${metricsToken}` },
    });
    const text = await metrics.text();
    const offered = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    for (const name of offered) {
      const shown = [...names].some((n) => n.replace(/_bucket$/, "") === name);
      assert.ok(shown, `no panel shows ${name}`);
    }
    console.log(`${queries.length} queries of the dashboard show all ${offered.length} metrics`);

    const pending = (name) => async () => {
      const answer = await ask("/api/v1/rules?type=alert");
      const rules = answer?.data.groups.flatMap((group) => group.rules) ?? [];
      for (const rule of rules) assert.ok(rule.health !== "err", `${rule.name}: ${rule.lastError}`);
      return rules.find((rule) => rule.name === name && rule.state !== "inactive");
    };
    await eventually("SmoothOperatorRunsFail", pending("SmoothOperatorRunsFail"));
    console.log("SmoothOperatorRunsFail sees runs that fail");
    await stack.apis[0].stop();
    await eventually("SmoothOperatorReplicaDown", pending("SmoothOperatorReplicaDown"));
    console.log("SmoothOperatorReplicaDown sees a replica that is away");
  } finally {
    await reader.stop();
    await stack.stop();
  }
}

main().catch((error) => {
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
});
