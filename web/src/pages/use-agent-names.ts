// Agents' names by their ids. An agent that has left the list is named by its id.
import { useMemo } from "react";
import { t } from "../i18n/translate";
import type { Agent } from "../protocol/types";

export function useAgentNames(agents: readonly Agent[]): (agent: string | null) => string {
  // Each request for the session creates a new list, almost always with the same content.
  const listed = JSON.stringify(agents);
  return useMemo(() => {
    const names = new Map((JSON.parse(listed) as Agent[]).map(({ id, name }) => [id, name]));
    return (agent) => {
      if (agent === null) return t("chat.assistant");
      return names.get(agent) ?? agent.charAt(0).toUpperCase() + agent.slice(1);
    };
  }, [listed]);
}
