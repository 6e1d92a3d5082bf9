// An agent's initial on its own tint, so that agents are easy to tell apart.
import type { CSSProperties } from "react";
import type { Agent } from "../../protocol/types";

/** The accent's hue. */
const FIRST_HUE = 205;
/** In degrees: with it any number of agents is spread over the colour circle. */
const GOLDEN_ANGLE = 137.5;

const nameOfHue = (agent: string) => `--hue-${agent}`;

/** Gives each agent a hue, for all badges inside an element of this style. */
export function agentHues(agents: readonly Agent[]): CSSProperties {
  const hues = agents.map(({ id }, at) => [nameOfHue(id), (FIRST_HUE + at * GOLDEN_ANGLE) % 360]);
  return Object.fromEntries(hues);
}

export function AgentBadge({ agent, name }: { agent: string | null; name: string }) {
  const hue = `var(${nameOfHue(agent ?? "")}, ${FIRST_HUE})`;
  return (
    <span
      aria-hidden="true"
      style={{ "--hue": hue } as CSSProperties}
      className="grid size-6.5 place-items-center rounded-lg bg-[oklch(from_var(--color-primary)_l_c_var(--hue)/14%)] font-semibold text-[oklch(from_var(--color-accent-text)_l_c_var(--hue))] text-xs forced-colors:border"
    >
      {[...name][0]?.toUpperCase()}
    </span>
  );
}
