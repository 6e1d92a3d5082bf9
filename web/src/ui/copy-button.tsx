import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { t } from "../i18n/translate";
import { Button } from "./button";
import { IconButton, type IconButtonProps } from "./icon-button";
import { announce } from "./status-region";

export interface CopyButtonProps {
  text: string | (() => string);
  label?: string;
  wide?: boolean;
  side?: IconButtonProps["side"];
  className?: string;
}

export function CopyButton({ text, label = t("ui.copy"), wide, side, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    const done = await copyText(typeof text === "string" ? text : text());
    setCopied(done);
    announce(done ? t("ui.copied") : t("ui.copy_denied"));
  };

  const icon = copied ? (
    <Check className="size-4 text-success" aria-hidden="true" />
  ) : (
    <Copy className="size-4" aria-hidden="true" />
  );
  if (wide) {
    return (
      <Button small className={className} onClick={() => void copy()}>
        {icon}
        {label}
      </Button>
    );
  }
  return (
    <IconButton
      small
      label={label}
      icon={icon}
      side={side}
      className={className}
      onClick={() => void copy()}
    />
  );
}

/** Copies with the clipboard API, or the old way in frames that may not use it. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr-only";
    // Inside an open modal dialog, since elements outside it cannot be selected.
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      done = false;
    }
    area.remove();
    if (before instanceof HTMLElement) before.focus();
    return done;
  }
}
