// Whether the visitor has signed in again because a session expired, as the guards note in the
// history entry, which survives a reload.
import { useLocation } from "react-router";

export function useSessionEnded(): boolean {
  const state: unknown = useLocation().state;
  return typeof state === "object" && state !== null && "ended" in state && state.ended === true;
}
