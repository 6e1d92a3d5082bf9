// An agent's initial on its own tint, so that agents are easy to tell apart.

// Spread over the colour circle; the first is the accent's hue.
const HUES = [205, 300, 60, 145, 20, 260];

export function AgentBadge({ agent, name }: { agent: string | null; name: string }) {
  const hue = HUES[hash(agent ?? "") % HUES.length];
  return (
    <span
      aria-hidden="true"
      style={{ "--hue": hue } as React.CSSProperties}
      className="grid size-6.5 place-items-center rounded-lg bg-[oklch(from_var(--color-primary)_l_c_var(--hue)/14%)] font-semibold text-[oklch(from_var(--color-accent-text)_l_c_var(--hue))] text-xs forced-colors:border"
    >
      {[...name][0]?.toUpperCase()}
    </span>
  );
}

function hash(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum;
}
