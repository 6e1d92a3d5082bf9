// Tokens with which the visitor's own MCP clients access their notes.
import type { McpTokenList, NewMcpToken } from "../protocol/types";
import { request } from "./http";

export function listMcpTokens(signal?: AbortSignal): Promise<McpTokenList> {
  return request<McpTokenList>("GET", "/api/mcp-tokens", { signal });
}

export function createMcpToken(): Promise<NewMcpToken> {
  return request<NewMcpToken>("POST", "/api/mcp-tokens");
}

export function revokeMcpToken(id: string): Promise<void> {
  return request<void>("DELETE", `/api/mcp-tokens/${encodeURIComponent(id)}`);
}
