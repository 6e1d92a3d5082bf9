// The app: its stores, its gates and its routes.
import { lazy, Suspense, useEffect } from "react";
import { BrowserRouter, Navigate, Route, Routes, useLocation } from "react-router";
import { ChatContext, type ChatKeeper } from "./chat-keeper";
import type { AuthStore } from "./features/auth/auth-store";
import { RequireKey, RequireSession, RequireStranger } from "./features/auth/guards";
import { AuthContext } from "./features/auth/use-auth";
import { SiteGate } from "./features/site/site-gate";
import type { SiteStore } from "./features/site/site-store";
import { useLocale } from "./i18n/locale";
import { framePath } from "./ui/app-link";
import { CrashGuard } from "./ui/crash-guard";
import { Notice } from "./ui/notice";
import { WaitingScreen } from "./ui/screen";
import { StatusRegion } from "./ui/status-region";

const loadChat = () => import("./chat-route");
const ChatRoute = lazy(async () => ({ default: (await loadChat()).ChatRoute }));
const LoginPage = lazy(async () => ({ default: (await import("./pages/login-page")).LoginPage }));
const SettingsPage = lazy(async () => ({
  default: (await import("./pages/settings-page")).SettingsPage,
}));

if (location.pathname.startsWith("/chat")) {
  loadChat().catch(() => {
    // Shown in place of the page, which is loaded again.
  });
}

export interface AppProps {
  auth: AuthStore;
  site: SiteStore;
  chat: ChatKeeper;
}

export function App({ auth, site, chat }: AppProps) {
  useEffect(() => auth.start(), [auth]);
  // Another language renders everything again.
  useLocale();
  return (
    <BrowserRouter>
      <StatusRegion />
      <Notice />
      <AuthContext value={auth}>
        <CrashGuard>
          <SiteGate store={site}>
            <ChatContext value={chat}>
              <AppRoutes />
            </ChatContext>
          </SiteGate>
        </CrashGuard>
      </AuthContext>
    </BrowserRouter>
  );
}

export function AppRoutes() {
  return (
    <Suspense fallback={<WaitingScreen />}>
      <Routes>
        <Route element={<RequireStranger />}>
          <Route path="/login" element={<LoginPage />} />
        </Route>
        <Route element={<RequireSession />}>
          <Route path="/settings" element={<SettingsPage />} />
          <Route element={<RequireKey />}>
            {/* One route, so that a new thread gets its address without losing its stream. */}
            <Route path="/chat/:threadId?" element={<ChatRoute />} />
          </Route>
        </Route>
        <Route path="*" element={<ToChat />} />
      </Routes>
    </Suspense>
  );
}

/** The chat's guards redirect visitors who cannot use it yet. */
function ToChat() {
  return <Navigate to={framePath("/chat", useLocation().search)} replace />;
}
