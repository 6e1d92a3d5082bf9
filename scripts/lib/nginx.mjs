// nginx.conf for this machine: fills in the template as envsubst does in the image, finds nginx, and
// checks the result. The stack starts it.

import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const template = fileURLToPath(new URL("../../nginx.conf", import.meta.url));

/** The names that the template may use; any other `$name` is a variable of nginx. */
const defaults = {
  LISTEN: "127.0.0.1:8080",
  WEB_ROOT: fileURLToPath(new URL("../../web/dist", import.meta.url)),
  NGINX_TEMP: "",
  API_UPSTREAM: "127.0.0.1:8000",
  UPSTREAM_OPTIONS: "",
  // Unused: only `resolve` in UPSTREAM_OPTIONS needs it.
  RESOLVER: "127.0.0.1",
  API_ORIGINS: "",
  EMBED_ANCESTORS: "*",
};

/** One `server` line for each `host:port`. */
export function upstreams(addresses) {
  return addresses.join("; server ");
}

/** Writes the rendered template into `folder` and returns its path. */
export function renderNginx(folder, variables) {
  const values = { ...defaults, NGINX_TEMP: folder, ...variables };
  for (const [name, value] of Object.entries(values)) {
    // The template puts values inside quotes; only source lists contain quotes ('self').
    const forbidden = name === "EMBED_ANCESTORS" ? /["{}$\\\r\n]/ : /["'{}$\\\r\n]/;
    if (forbidden.test(value)) {
      throw new Error(`${name} holds a quote, brace, $, backslash or line break: leave it out.`);
    }
  }
  const text = readFileSync(template, "utf8").replace(/\$\{([A-Z_]+)\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`nginx.conf uses \${${name}}, which is not set.`);
    return values[name];
  });
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "nginx.conf");
  writeFileSync(path, text);
  return path;
}

/** Finds nginx, also outside an ordinary user's PATH. */
export function findNginx() {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  for (const folder of folders) {
    const path = join(folder, "nginx");
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  throw new Error("nginx is not installed. Install it, for example: apt-get install nginx-light");
}

/**
 * Arguments that start it in the foreground. As root, its workers stay root, since another user
 * cannot read the temporary folder.
 */
export function nginxArguments(config, folder) {
  const user = process.getuid?.() === 0 ? "user root; " : "";
  return ["-p", folder, "-e", "stderr", "-c", config, "-g", `${user}daemon off;`];
}

/** Throws nginx's own message when it rejects the configuration. */
export function checkNginx(config, folder) {
  execFileSync(findNginx(), ["-t", ...nginxArguments(config, folder)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
}
