// Writes a compressed copy of each built file at the highest level, which nginx serves. Brotli for
// the hashed assets, which are most of the bytes; gzip for all text.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const files = readdirSync(dist, { recursive: true, encoding: "utf8" });

for (const name of files.filter((file) => /\.(js|css|html|json|svg)$/.test(file))) {
  const file = new URL(name, dist);
  const bytes = readFileSync(file);
  writeFileSync(`${file.pathname}.gz`, gzipSync(bytes, { level: 9 }));
  if (/^assets\/.*\.(js|css)$/.test(name)) {
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(`${file.pathname}.br`, brotliCompressSync(bytes, { params }));
  }
}
