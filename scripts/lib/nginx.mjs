// nginx.conf for this machine: fills in the template as envsubst does in the image, finds the
// program, and checks the result. Starting it is the stack's work.

import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const template = fileURLToPath(new URL("../../nginx.conf", import.meta.url));

/** The names the template may use; anything else with a `$` is nginx's own. */
const defaults = {
  LISTEN: "127.0.0.1:8080",
  WEB_ROOT: fileURLToPath(new URL("../../web/dist", import.meta.url)),
  NGINX_TEMP: "",
  API_UPSTREAM: "127.0.0.1:8000",
  UPSTREAM_OPTIONS: "",
  // Never asked: only `resolve` in UPSTREAM_OPTIONS needs it.
  RESOLVER: "127.0.0.1",
  API_ORIGINS: "",
  EMBED_ANCESTORS: "*",
};

/** Several upstreams, `host:port` each, become one server line each. */
export function upstreams(addresses) {
  return addresses.join("; server ");
}

/** Writes the rendered template into `folder` and gives its path. */
export function renderNginx(folder, variables) {
  const values = { ...defaults, NGINX_TEMP: folder, ...variables };
  for (const [name, value] of Object.entries(values)) {
    // They stand inside quoted strings of the template; only a source list knows quotes ('self').
    const forbidden = name === "EMBED_ANCESTORS" ? /["{}$\\\r\n]/ : /["'{}$\\\r\n]/;
    if (forbidden.test(value)) {
      throw new Error(`${name} holds a quote, brace, $, backslash or line break: leave it out.`);
    }
  }
  const text = readFileSync(template, "utf8").replace(/\$\{([A-Z_]+)\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`nginx.conf asks for \${${name}}, which nobody sets.`);
    return values[name];
  });
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "nginx.conf");
  writeFileSync(path, text);
  return path;
}

/** The program, also where an ordinary user's PATH does not look. */
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
 * Arguments that start it in the foreground. As root its workers would change to a user who cannot
 * read the temporary folder.
 */
export function nginxArguments(config, folder) {
  const user = process.getuid?.() === 0 ? "user root; " : "";
  return ["-p", folder, "-e", "stderr", "-c", config, "-g", `${user}daemon off;`];
}

/** Throws with nginx's own words when it does not accept the configuration. */
export function checkNginx(config, folder) {
  execFileSync(findNginx(), ["-t", ...nginxArguments(config, folder)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
}
