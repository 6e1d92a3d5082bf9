// Whether the visitor signed in again because an earlier session ended by itself, and came here from
// there: the guards note it in the history entry, which survives a reload.
import { useLocation } from "react-router";

export function useSessionEnded(): boolean {
  const state: unknown = useLocation().state;
  return typeof state === "object" && state !== null && "ended" in state && state.ended === true;
}
