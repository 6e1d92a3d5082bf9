// The agents of the demo's plant shop, with the address of its MCP server filled in.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const source = new URL("../../api/examples/mcp-shop/agents.toml", import.meta.url);

/** Writes the file into `folder` for the server at `url`; returns its path. */
export function writeShopAgents(folder, url) {
  const text = readFileSync(source, "utf8").replace(/^url = ".*"$/m, `url = "${url}"`);
  const path = join(folder, "agents.toml");
  writeFileSync(path, text);
  return path;
}
