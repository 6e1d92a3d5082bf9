// The npm package as its users get it: packed, installed, type-checked, built with Vite, and run.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { chatFrame, expect, test } from "./embed-test";

const web = fileURLToPath(new URL("../..", import.meta.url));
let site: string;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  site = mkdtempSync(join(tmpdir(), "so-built-site-"));
  cpSync(join(web, "e2e/built-site"), site, { recursive: true });
  const installed = join(site, "node_modules/@smooth-operator/embed");
  mkdirSync(installed, { recursive: true });
  for (const name of ["react", "react-dom", "scheduler", "@types", "csstype"]) {
    symlinkSync(join(web, "node_modules", name), join(site, "node_modules", name));
  }
  const packed = execFileSync("npm", ["pack", "--json", `--pack-destination=${site}`], {
    cwd: join(web, "packages/embed"),
    encoding: "utf8",
  });
  const tarball = /"filename": "([^"]+)"/.exec(packed)?.[1];
  if (!tarball) throw new Error(`npm pack made nothing: ${packed}`);
  execFileSync("tar", ["xzf", join(site, tarball), "-C", installed, "--strip-components=1"]);
  await build({
    root: site,
    base: "./",
    configFile: false,
    logLevel: "error",
    oxc: { jsx: { runtime: "automatic" } },
    build: { outDir: join(site, "dist") },
  });
});

test.afterAll(() => rmSync(site, { recursive: true, force: true }));

test("its types hold for an app that uses all of it", () => {
  const strict = "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess";
  const options = `${strict} --jsx react-jsx --target es2022 --types react`.split(" ");
  const tsc = join(web, "node_modules/typescript/bin/tsc");
  for (const modules of ["--module esnext --moduleResolution bundler", "--module nodenext"]) {
    execFileSync(process.execPath, [tsc, ...options, ...modules.split(" "), "main.tsx"], {
      cwd: site,
      stdio: "inherit",
    });
  }
});

test("it depends on nothing but React, as a peer", () => {
  const file = join(site, "node_modules/@smooth-operator/embed/package.json");
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(file, "utf8"));
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies)).toEqual(["react"]);
});

test("every entry can be imported on a server", () => {
  const code = `
    const { loadSmoothOperator } = await import("@smooth-operator/embed");
    await import("@smooth-operator/embed/element");
    const { SmoothOperatorChat } = await import("@smooth-operator/embed/react");
    const { renderToString } = await import("react-dom/server");
    const { createElement } = await import("react");
    console.log(renderToString(createElement(SmoothOperatorChat, { src: "x" })));
    await loadSmoothOperator("x").catch((error) => console.log(error.message));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: site,
    encoding: "utf8",
  });
  expect(printed).toBe("<div></div>\nSmoothOperator can only be loaded in a browser.\n");
});

test("element, component and function work in a built site", async ({ page, host, stack }) => {
  const index = readFileSync(join(site, "dist/index.html"), "utf8");
  const script = /src="\.\/(assets\/[^"]+)"/.exec(index)?.[1];
  if (!script) throw new Error(`the build made no script: ${index}`);
  host.serve("/index.html", index);
  host.serve(`/${script}`, readFileSync(join(site, "dist", script), "utf8"));
  const src = `${stack.appOrigin}/embed/smoothoperator.js`;
  await page.goto(`${host.origin}/index.html?src=${encodeURIComponent(src)}`);

  const byReact = chatFrame(page, "#react");
  await expect(chatFrame(page, "#element").getByRole("heading", { level: 1 })).toHaveText(
    "By element",
  );
  await expect(byReact.getByRole("heading", { level: 1 })).toHaveText("By React");
  const heard = () => page.evaluate(() => (window as { heard?: string[] }).heard ?? []);
  await expect.poll(heard).toEqual(expect.arrayContaining(["react ready 0", "element ready"]));
  expect((await heard()).some((line) => line.startsWith("version "))).toBe(true);
  await expect(chatFrame(page, "#early").getByRole("alert")).toContainText("couldn't start");

  // A new render passes on what changed, and loads no second frame.
  await byReact.locator("html").evaluate(() => Object.assign(window, { same: true }));
  await page.getByRole("button", { name: "Render again" }).click();
  await expect(byReact.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: "Render again" }).click();
  await expect(byReact.locator("html")).not.toHaveAttribute("data-theme", "dark");
  expect(await byReact.locator("html").evaluate(() => "same" in window)).toBe(true);
  await page.getByRole("button", { name: "Ask the handle" }).click();
  await expect.poll(heard).toContain("open true");

  await page.getByRole("button", { name: "Show or hide" }).click();
  await expect(page.locator("#react iframe")).toHaveCount(0);
  await page.getByRole("button", { name: "Show or hide" }).click();
  await expect(byReact.getByRole("heading", { level: 1 })).toHaveText("By React");
});
