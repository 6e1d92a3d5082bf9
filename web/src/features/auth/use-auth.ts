// Binds the auth store to React through context, so that a test can provide its own.
import { createContext, useContext } from "react";
import { useStore } from "zustand/react";
import type { SignedInSession } from "../../protocol/types";
import type { AuthState, AuthStore } from "./auth-store";

export const AuthContext = createContext<AuthStore | null>(null);

export function useAuthStore(): AuthStore {
  const store = useContext(AuthContext);
  if (!store) throw new Error("useAuthStore is used outside AuthContext");
  return store;
}

export function useAuth(): AuthState {
  return useStore(useAuthStore());
}

/** The session, for pages that are shown only with one. */
export function useSession(): SignedInSession {
  const state = useAuth();
  if (state.status !== "signed-in") throw new Error("useSession is used outside RequireSession");
  return state.session;
}
