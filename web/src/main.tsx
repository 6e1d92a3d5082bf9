// Creates the stores and mounts the app.
import "./index.css";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { ChatKeeper } from "./chat-keeper";
import { createAuthStore } from "./features/auth/auth-store";
import { readEmbedParams } from "./features/embed/embed-params";
import { awaitHandshake } from "./features/embed/handshake";
import { createSiteStore } from "./features/site/site-store";
import { startLocale } from "./i18n/locale";
import { startTheme } from "./ui/theme";

startTheme();
const texts = startLocale();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const auth = createAuthStore();
const site = createSiteStore(new URLSearchParams(location.search).get("site"));
const chat = new ChatKeeper(auth);
const show = async (app: ReactNode) => {
  await texts;
  createRoot(root).render(<StrictMode>{app}</StrictMode>);
};
const app = <App auth={auth} site={site} chat={chat} />;
const embed = readEmbedParams(location.search);
if (embed === null) void show(app);
else {
  // Listen at once: the loader greets when this document has loaded.
  const isGreeted = embed.loader && window.parent !== window;
  const greeted = isGreeted ? awaitHandshake(window) : null;
  // Do not await it: that chunk imports this one.
  void import("./embedded").then(({ embedded }) =>
    show(embedded(app, embed, greeted, { auth, site, chat })),
  );
}
