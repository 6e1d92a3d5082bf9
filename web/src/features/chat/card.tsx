// The frame of a card: who asks, for what, and the choices. The first card on the page focuses
// itself and not a button, so that a key press does not choose by accident.
import { type ReactNode, useEffect, useId, useRef } from "react";
import { mayTakeFocus } from "../../ui/may-take-focus";
import type { Choice, OpenInterrupt } from "./interrupts";

export interface InterruptCardProps {
  open: OpenInterrupt;
  /** Which of several cards this is, as in "2 / 3"; empty for a single one. */
  place: string;
  agent: string;
  onChoose: (choice: Choice) => void;
}

export interface CardProps {
  icon: ReactNode;
  heading: string;
  message: string;
  place: string;
  children: ReactNode;
}

export function Card({ icon, heading, message, place, children }: CardProps) {
  const card = useRef<HTMLElement>(null);
  const id = useId();

  useEffect(() => {
    const own = card.current;
    const first = own?.closest("[role=log]")?.querySelector("[data-card]");
    if (own && own === first && mayTakeFocus()) own.focus({ preventScroll: true });
  }, []);

  return (
    <section
      ref={card}
      data-card=""
      tabIndex={-1}
      // Several cards can ask the same, and even in the same words.
      aria-labelledby={`${id} ${id}-message ${id}-place`}
      className="my-2 flex flex-col gap-3 rounded-box border border-line bg-base-100 p-4 shadow-card"
    >
      <header className="flex items-start gap-2.5">
        {icon}
        <div className="min-w-0 flex-1">
          <h3 id={id} className="font-semibold text-sm">
            {heading}
          </h3>
          {message !== "" && (
            <p id={`${id}-message`} dir="auto" className="mt-0.5 whitespace-pre-wrap wrap-anywhere">
              {message}
            </p>
          )}
        </div>
        {place !== "" && (
          <span id={`${id}-place`} className="text-muted text-xs tabular-nums">
            {place}
          </span>
        )}
      </header>
      {children}
    </section>
  );
}
