import { afterEach, expect, it, vi } from "vitest";
import { chooseApi } from "./allowed-api";

const OWN = "https://chat.example";
const LISTED = "https://api.example";

afterEach(() => vi.unstubAllGlobals());

it.each([undefined, null, "", OWN])("%s is the frame's own, and needs no list", async (apiUrl) => {
  const fetchOrigins = vi.fn(async () => [LISTED]);
  expect(await chooseApi(apiUrl, OWN, fetchOrigins)).toEqual({ allowed: true, baseUrl: "" });
  expect(fetchOrigins).not.toHaveBeenCalled();
});

it("a listed origin is taken", async () => {
  const choice = await chooseApi(LISTED, OWN, async () => ["https://other.example", LISTED]);
  expect(choice).toEqual({ allowed: true, baseUrl: LISTED });
});

it.each([
  "https://evil.example",
  `${LISTED}/`,
  `${LISTED}.evil.example`,
  `${LISTED}@evil.example`,
  "https://API.example",
  "http://api.example",
  "//api.example",
  "*",
  [LISTED],
  { toString: () => LISTED },
  0x7f000001,
])("%s is refused", async (apiUrl) => {
  const choice = await chooseApi(apiUrl, OWN, async () => [LISTED]);
  expect(choice).toMatchObject({ allowed: false, error: null });
});

it("refuses while the list cannot be read, and contacts nothing else", async () => {
  const fetched = vi.fn(async () => new Response("<html>", { status: 200 }));
  vi.stubGlobal("fetch", fetched);
  const choice = await chooseApi("https://evil.example", OWN);
  expect(choice).toMatchObject({ allowed: false, error: { code: "offline" } });
  expect(fetched.mock.calls).toEqual([["/config.json", { cache: "no-store" }]]);
});

it("takes no origin from a list that is none", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ apiOrigins: { 0: "https://evil.example" } }));
  expect(await chooseApi("https://evil.example", OWN)).toMatchObject({ allowed: false });
});
