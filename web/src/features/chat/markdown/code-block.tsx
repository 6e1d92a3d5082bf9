// Code in an answer, with its language and a button that copies it.
import { t } from "../../../i18n/translate";
import { CopyButton } from "../../../ui/copy-button";

export function CodeBlock({ code, language }: { code: string; language: string }) {
  return (
    <div className="overflow-hidden rounded-box border border-base-300 bg-base-200">
      <div className="flex h-9 items-center justify-between pr-1 pl-4">
        <span className="truncate font-mono text-muted text-xs">
          {language || t("markdown.code")}
        </span>
        <CopyButton text={code} label={t("markdown.copy_code")} side="top-end" />
      </div>
      {/* It scrolls sideways, so the keyboard must be able to reach it (WCAG 2.1.1). */}
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region takes the focus
        tabIndex={0}
        aria-label={language ? t("markdown.code_in", { language }) : t("markdown.code")}
        className="overflow-x-auto px-4 pb-3.5"
      >
        <pre className="font-mono text-sm leading-relaxed">
          <code>{code}</code>
        </pre>
      </section>
    </div>
  );
}
