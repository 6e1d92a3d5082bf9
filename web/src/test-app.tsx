// Opens the app in tests: its real routes, with a small fake server.
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useEffect } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { afterEach, expect, vi } from "vitest";
import { AppRoutes } from "./app";
import { ChatContext, ChatKeeper } from "./chat-keeper";
import { type AuthStore, createAuthStore } from "./features/auth/auth-store";
import { AuthContext } from "./features/auth/use-auth";
import { SiteGate } from "./features/site/site-gate";
import { createSiteStore } from "./features/site/site-store";
import { Notice } from "./ui/notice";
import { StatusRegion } from "./ui/status-region";

export interface World {
  signedIn: boolean;
  hasKey: boolean;
  keySource: "user" | "site";
  model: string;
  chosen?: string;
  tokens: { id: string; created_at: string; expires_at: string; last_used_at: null }[];
  /** Responses that override the usual ones, by "METHOD /path". */
  once: Map<string, () => Response | Promise<Response>>;
  sent: { call: string; body: unknown }[];
}

const TIME = "2026-11-23T10:00:00Z";
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
export const problem = (
  status: number,
  code: string,
  detail: string,
  headers?: Record<string, string>,
) => json({ status, code, detail }, status, headers);
const empty = () => new Response(null, { status: 204 });

function sessionOf(world: World) {
  if (!world.signedIn) return { signed_in: false };
  return {
    signed_in: true,
    has_api_key: world.hasKey,
    key_source: world.hasKey ? world.keySource : null,
    model: world.model,
    site_id: null,
    expires_at: TIME,
    agents: [],
  };
}

function answer(world: World, call: string, body: Record<string, unknown>): Response {
  switch (call) {
    case "POST /api/login":
      if (body.passcode !== "open") return problem(401, "wrong_passcode", "That is not right.");
      world.signedIn = true;
      return json(sessionOf(world));
    case "POST /api/logout":
      world.signedIn = false;
      return empty();
    case "GET /api/session":
      return json(sessionOf(world));
    case "POST /api/settings":
      if (body.api_key) {
        world.hasKey = true;
        world.model = world.chosen ?? world.model;
      }
      if (typeof body.model === "string") world.model = body.model;
      return json(sessionOf(world));
    case "GET /api/me/export":
      return json({ threads: [], notes: [], tokens: [] });
    case "DELETE /api/me":
      world.signedIn = false;
      return empty();
    case "DELETE /api/settings":
      world.hasKey = false;
      return empty();
    case "GET /api/models":
      return json({
        items: [
          { id: "small-1", shutdown_date: "2027-01-14" },
          { id: "large-2", shutdown_date: null },
        ],
        default: "small-1",
      });
    case "GET /api/mcp-tokens":
      return json({ items: world.tokens });
    case "POST /api/mcp-tokens": {
      const id = `t${world.tokens.length}`;
      world.tokens.push({ id, created_at: TIME, expires_at: TIME, last_used_at: null });
      return json(
        { token: "secret-token", url: "https://chat.example/mcp", expires_at: TIME },
        201,
      );
    }
    case "DELETE /api/mcp-tokens/t0":
      world.tokens = [];
      return empty();
    case "GET /api/sites/shop":
      return json({
        id: "shop",
        title: "The shop",
        greeting: "",
        starters: [],
        accent: null,
        origins: [],
      });
    default:
      return problem(404, "not_found", `No ${call} here.`);
  }
}

let at: { path: string };
function Probe() {
  const { pathname, search } = useLocation();
  useEffect(() => {
    at = { path: pathname + search };
  });
  return null;
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Optionally with the state of a history entry. */
export function openApp(
  to: string | { pathname: string; state: unknown },
  given: Partial<World> = {},
) {
  const world: World = {
    signedIn: false,
    hasKey: false,
    keySource: "user",
    model: "small-1",
    tokens: [],
    once: new Map(),
    sent: [],
    ...given,
  };
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const call = `${init.method ?? "GET"} ${url}`;
    const body = typeof init.body === "string" ? JSON.parse(init.body) : {};
    world.sent.push({ call, body });
    const first = world.once.get(call);
    world.once.delete(call);
    return first ? first() : answer(world, call, body);
  });
  const path = typeof to === "string" ? to : to.pathname;
  const auth: AuthStore = createAuthStore();
  stops.push(auth.start());
  const site = createSiteStore(new URL(path, "http://localhost").searchParams.get("site"));
  render(
    <MemoryRouter initialEntries={[to]}>
      <Probe />
      <StatusRegion />
      <Notice />
      <AuthContext value={auth}>
        <SiteGate store={site}>
          <ChatContext value={new ChatKeeper(auth)}>
            <AppRoutes />
          </ChatContext>
        </SiteGate>
      </AuthContext>
    </MemoryRouter>,
  );
  return { world, auth, user: userEvent.setup() };
}

export const passcode = () => screen.findByLabelText("Passcode");
export const key = () => screen.findByLabelText("API key");
export const press = (name: string) => screen.findByRole("button", { name });
export const arrives = (path: string) => waitFor(() => expect(at.path).toBe(path));
