// `make demo` and `make run`: starts the stack in this terminal, prints how to reach it and sign in,
// and stops all of it on Ctrl-C.
//
//   node scripts/serve.mjs demo   the scripted provider answers; no key, no account
//   node scripts/serve.mjs run    OPENAI_BASE_URL answers (OpenAI's, when not set)
//
// Configuration: the environment, then .env; .env.example lists the names.

import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { loadEnv, parseEnv } from "./lib/secrets.mjs";
import { startStack } from "./stack.mjs";

const example = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
const nginxNames = ["API_ORIGINS", "EMBED_ANCESTORS"];
const ourNames = ["WEB_PORT", "HOST_PORT"];
const dataFolder = fileURLToPath(new URL("../data", import.meta.url));

/** The settings of .env.example that have a value. The environment takes precedence over .env. */
function settings() {
  const names = Object.keys(parseEnv(example.replace(/^#\s?(?=[A-Z_]+=)/gm, "")));
  const fromEnvironment = names.flatMap((name) =>
    process.env[name] ? [[name, process.env[name]]] : [],
  );
  return { ...loadEnv(), ...Object.fromEntries(fromEnvironment) };
}

const pick = (from, names) =>
  Object.fromEntries(names.flatMap((n) => (n in from ? [[n, from[n]]] : [])));
const omit = (from, names) =>
  Object.fromEntries(Object.entries(from).filter(([n]) => !names.includes(n)));

/** Where `make run` stores everything, unless DATABASE_URL is set; `make demo` stores nothing. */
function database(demo, all) {
  if (demo) return {};
  if (all.DATABASE_URL) return { DATABASE_URL: all.DATABASE_URL };
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  return { DATABASE_URL: `sqlite:${dataFolder}/smooth-operator.db` };
}

function greeting(stack, mode, { DATABASE_URL }) {
  const lines = [
    "",
    `  Chat       ${stack.appOrigin}`,
    `  Passcode   ${stack.passcode}`,
    mode === "demo"
      ? "  API key    sk-demo        (the answers come from a scripted stand-in)"
      : "  API key    your own, of the provider at OPENAI_BASE_URL",
  ];
  if (DATABASE_URL?.startsWith("sqlite:"))
    lines.push(`  Data       ${DATABASE_URL.slice("sqlite:".length)}`);
  if (mode === "demo")
    lines.push(`  On a page  ${stack.hostOrigin}  (the chat, embedded on another site)`);
  lines.push("", `  Logs are in ${stack.logs}. Ctrl-C stops everything.`, "");
  return lines.join("\n");
}

async function main(mode) {
  if (mode !== "demo" && mode !== "run") throw new Error("Choose what to start: demo or run");
  const demo = mode === "demo";
  const all = settings();
  const notForApi = [
    ...nginxNames,
    ...ourNames,
    ...(demo ? ["OPENAI_BASE_URL", "OPENAI_MODEL", "DATABASE_URL", "REDIS_URL"] : []),
  ];
  const stored = database(demo, all);

  let asked = null;
  const stopAsked = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        asked ??= signal;
        resolve(null);
      });
    }
  });

  const stack = await startStack({
    webPort: Number(all.WEB_PORT ?? 8080),
    hostPort: Number(all.HOST_PORT ?? 8081),
    scripted: demo,
    shop: demo,
    env: { ...omit(all, notForApi), ...stored },
    nginx: pick(all, nginxNames),
    apiKey: demo ? "sk-demo" : undefined,
  });
  if (!asked) console.log(greeting(stack, mode, stored));
  const crash = await Promise.race([stopAsked, stack.crashed]);
  if (!crash) console.log("\nStopping…");
  await stack.stop();
  if (crash) throw new Error(crash);
}

main(process.argv[2]).catch((error) => {
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
});
