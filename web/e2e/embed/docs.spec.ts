// The server examples of docs/EMBEDDING.md, run as they stand there.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "../support/stack";

const document = readFileSync(
  fileURLToPath(new URL("../../../docs/EMBEDDING.md", import.meta.url)),
  "utf8",
);

function example(language: string, name: string): string {
  const code = new RegExp(`\`\`\`${language}\n((?://|#) ${name}\n[^]*?)\`\`\``).exec(document)?.[1];
  if (!code) throw new Error(`docs/EMBEDDING.md has no ${name}`);
  return code;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const examples = [
  { program: process.execPath, language: "js", name: "server.mjs" },
  { program: "python3", language: "python", name: "server.py" },
].filter(({ program }) => spawnSync(program, ["--version"]).status === 0);

for (const { program, language, name } of examples) {
  test(`${name} gives its own page a secret that signs in, and others none`, async ({
    page,
    stack,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), "so-docs-"));
    writeFileSync(join(folder, name), example(language, name));
    const port = await freePort();
    const server: ChildProcess = spawn(program, [join(folder, name)], {
      stdio: "ignore",
      env: {
        PATH: process.env.PATH,
        PORT: `${port}`,
        CHAT_API: stack.appOrigin,
        CHAT_SITE_SECRET: stack.siteSecret,
        OPENAI_API_KEY: stack.apiKey,
      },
    });
    try {
      const ask = (site: string, cookie = "") =>
        fetch(`http://127.0.0.1:${port}/chat-secret`, {
          method: "POST",
          headers: { "sec-fetch-site": site, cookie },
        });
      await expect(async () => expect((await ask("cross-site")).status).toBe(403)).toPass();

      const answer = await ask("same-origin");
      expect(answer.status).toBe(200);
      const cookie = answer.headers.get("set-cookie") ?? "";
      expect(cookie).toMatch(/^visitor=[\w-]{36};.*HttpOnly/);
      const known = await ask("same-origin", cookie.split(";")[0]);
      expect(known.headers.get("set-cookie")).toBeNull();

      await page.goto(`http://localhost:${port}/`);
      const chat = page.frameLocator("iframe");
      await expect(chat.getByRole("textbox", { name: "Message" })).toBeVisible();

      for (const secret of [await answer.text(), await known.text()]) {
        const session = await fetch(`${stack.appOrigin}/api/login`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ client_secret: secret }),
        });
        expect(session.status).toBe(200);
        expect(await session.json()).toMatchObject({ key_source: "site", site_id: "shop" });
      }
    } finally {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
