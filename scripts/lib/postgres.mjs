// A PostgreSQL for one stack: its socket and data are in a temporary folder. That folder is not the
// stack's, because PostgreSQL refuses to run as root, and its user cannot enter the stack's.

import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Where distributions keep the server's programs, besides PATH: one folder per version. */
const versions = ["/usr/lib/postgresql", "/usr/pgsql"];
const programs = ["initdb", "postgres", "pg_isready", "pg_dump", "psql"];

function findPrograms() {
  const installed = versions.filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(folder, version, "bin")),
  );
  const found = [...(process.env.PATH ?? "").split(delimiter), ...installed].find((folder) =>
    programs.every((name) => existsSync(join(folder, name))),
  );
  if (!found) {
    throw new Error("PostgreSQL's server is missing. Install it: apt-get install postgresql");
  }
  return found;
}

/** The same command, run as a user that PostgreSQL accepts. */
export function unprivileged(command, args) {
  if (process.getuid() !== 0) return [command, args];
  const user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"];
  return ["setpriv", [...user, "--", command, ...args]];
}

function idOf(kind) {
  return Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
}

/**
 * Creates an empty cluster; returns the command that starts its server, and functions to query it.
 * @param {{durable?: boolean}} [options] durable: commits reach the disk, as in production
 */
export function privatePostgres({ durable = false } = {}) {
  const bin = findPrograms();
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-pg-"));
  if (process.getuid() === 0) chownSync(folder, idOf("-u"), idOf("-g"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove);
  const data = join(folder, "data");
  const shape = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale"];
  const initdb = unprivileged(join(bin, "initdb"), [...shape, "--no-sync", "--pgdata", data]);
  execFileSync(...initdb, { cwd: "/", stdio: ["ignore", "ignore", "pipe"] });

  // No TCP, and by default no fsync, since nobody needs the data after a crash of the machine.
  const fsync = durable ? "on" : "off";
  const settings = ["listen_addresses=", `fsync=${fsync}`, "max_connections=60"];
  const server = ["-D", data, "-k", folder, ...settings.flatMap((setting) => ["-c", setting])];
  const [command, args] = unprivileged(join(bin, "postgres"), server);
  const client = ["-h", folder, "-U", "postgres"];
  return {
    command,
    args,
    url: `postgres://postgres@localhost/postgres?host=${folder}`,
    ready: async () =>
      spawnSync(join(bin, "pg_isready"), client, { stdio: "ignore", timeout: 2_000 }).status === 0,
    /** Its whole contents as SQL. */
    dump: () =>
      execFileSync(join(bin, "pg_dump"), [...client, "postgres"], { maxBuffer: 1 << 30 }),
    /** Rows of one statement, a line each. */
    query: (sql) =>
      execFileSync(join(bin, "psql"), [...client, "-At", "-c", sql, "postgres"], {
        encoding: "utf8",
      }).trim(),
    socket: join(folder, ".s.PGSQL.5432"),
    /** Signals every backend: each leads its own process group, which a signal to the server misses. */
    signalAll(pid, signal) {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
      for (const one of [pid, ...children.split(" ").filter(Boolean).map(Number)]) {
        try {
          process.kill(one, signal);
        } catch (error) {
          // It may have ended in the meantime.
          if (error.code !== "ESRCH") throw error;
        }
      }
    },
    remove() {
      process.off("exit", remove);
      remove();
    },
  };
}
