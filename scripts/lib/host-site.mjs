// Another web site that embeds the chat: serves the pages of web/e2e/host from `localhost`, which is
// a different site than the app's 127.0.0.1, and acts as that site's backend.
//
// In .html and .js files `__APP_ORIGIN__` becomes the origin of the app. `POST /chat-secret`
// (JSON, optional `user_id`) requests a client secret from the API, as described in
// docs/EMBEDDING.md.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const pages = fileURLToPath(new URL("../../web/e2e/host", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

async function readBody(request, limit = 4096) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > limit) throw new Error("body too large");
  }
  return text;
}

/** Issues secrets to its own page only, since each one costs the site money. */
async function clientSecret(request, response, { apiUrl, siteSecret, apiKey, siteId }) {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return response.writeHead(403).end();
  const { user_id } = JSON.parse((await readBody(request)) || "{}");
  const answer = await fetch(`${apiUrl}/api/client-secrets`, {
    method: "POST",
    headers: { authorization: `Bearer ${siteSecret}`, "content-type": "application/json" },
    body: JSON.stringify({ site_id: siteId, api_key: apiKey, ...(user_id ? { user_id } : {}) }),
  });
  response.writeHead(answer.status, {
    "content-type": "application/json",
    "cache-control": "no-store",
  });
  response.end(await answer.text());
}

async function page(request, response, appOrigin) {
  const { pathname } = new URL(request.url, "http://localhost");
  const path = normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  const type = types[extname(path)];
  if (!type) return response.writeHead(404).end();
  const file = await readFile(join(pages, path));
  const body = /html|javascript/.test(type)
    ? file.toString().replaceAll("__APP_ORIGIN__", appOrigin)
    : file;
  response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
}

/** Starts it on `port`; resolves with its origin and a `close()`. */
export async function startHostSite({ port, appOrigin, ...backend }) {
  const server = createServer((request, response) => {
    const work =
      request.method === "POST" && request.url === "/chat-secret"
        ? clientSecret(request, response, backend)
        : page(request, response, appOrigin);
    work.catch((error) => {
      if (response.headersSent) return response.destroy();
      response.writeHead(error.code === "ENOENT" ? 404 : 500).end();
    });
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, resolve);
  });
  return {
    origin: `http://localhost:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
