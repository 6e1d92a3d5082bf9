// Host pages whose response headers restrict what they may load and frame.
import {
  chatFrame,
  expect,
  giveSecrets,
  messageBox,
  mountFor,
  openButton,
  test,
} from "./embed-test";

const POLICIES = {
  "a nonce": {
    "content-security-policy": "default-src 'none'; script-src 'nonce-abc'; frame-src *",
  },
  "a nonce that its scripts pass on": {
    "content-security-policy":
      "script-src 'nonce-abc' 'strict-dynamic'; style-src 'none'; object-src 'none'; base-uri 'none'",
  },
  "a frame policy and no referrer": {
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "clipboard-write=(), fullscreen=(), storage-access=()",
  },
};

for (const [name, headers] of Object.entries(POLICIES)) {
  test(`the chat works, translated, under ${name}`, async ({ page, host, stack }) => {
    const tag = `nonce="abc" src="${stack.appOrigin}/embed/smoothoperator.js" data-locale="de"`;
    host.serve(
      "/",
      `<!doctype html><title>Host</title><div id="chat"></div>
       <script ${tag} data-target="#chat" data-title="Hilfe"></script>
       <script ${tag} data-mode="bubble"></script>`,
      headers,
    );
    await page.goto(host.origin);
    await expect(chatFrame(page).getByRole("heading", { name: "Hilfe" })).toBeVisible();
    // A module, loaded on demand, has the translation.
    await page.getByRole("button", { name: "Chat öffnen" }).click();
    await expect(chatFrame(page, ".bubble").getByRole("heading")).toBeVisible();
  });
}

for (const policy of ["require-corp", "credentialless"]) {
  test(`the chat works under a Cross-Origin-Embedder-Policy of ${policy}`, async ({
    page,
    host,
    stack,
  }) => {
    giveSecrets(host, stack);
    host.serve(
      "/",
      `<!doctype html><title>Host</title><div id="chat"></div>
       <script src="${stack.appOrigin}/embed/smoothoperator.js"></script>`,
      { "cross-origin-embedder-policy": policy, "cross-origin-opener-policy": "same-origin" },
    );
    await page.goto(host.origin);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await mountFor(page, "ann", { locale: "de" });
    await expect(chatFrame(page).getByRole("textbox")).toBeVisible();
    await mountFor(page, "ann", { mode: "bubble" }, null);
    await openButton(page).click();
    await expect(messageBox(chatFrame(page, ".bubble"))).toBeVisible();
  });
}
