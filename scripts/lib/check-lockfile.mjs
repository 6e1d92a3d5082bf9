// Fails if a package of a lockfile, for any platform, is not pinned by its hash.
import { readFileSync } from "node:fs";

/** The packages of a package-lock.json without `integrity`. */
export function unpinned(lockfile) {
  const { packages } = JSON.parse(lockfile);
  return Object.entries(packages)
    .filter(([path, { integrity, link }]) => path.startsWith("node_modules/") && !integrity && !link)
    .map(([path]) => path);
}

if (process.argv[1] === import.meta.filename) {
  const loose = unpinned(readFileSync(process.argv[2], "utf8"));
  for (const path of loose) console.error(`${path} has no integrity`);
  process.exitCode = loose.length > 0 ? 1 : 0;
}
