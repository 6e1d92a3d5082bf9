import { t } from "../../../i18n/translate";
import { CopyButton } from "../../../ui/copy-button";
import { ScrollBox } from "../../../ui/scroll-box";
import { HighlightedCode } from "./highlighted-code";

export function CodeBlock({ code, language }: { code: string; language: string }) {
  return (
    <div
      dir="ltr"
      className="overflow-hidden rounded-box border border-base-300 bg-base-200 print:break-inside-auto"
    >
      <div className="flex h-9 items-center justify-between pe-1 ps-4 pointer-coarse:h-11">
        <span className="truncate font-mono text-muted text-xs">
          {language || t("markdown.code")}
        </span>
        <CopyButton text={code} label={t("markdown.copy_code")} side="top-end" />
      </div>
      <ScrollBox
        label={language ? t("markdown.code_in", { language }) : t("markdown.code")}
        className="overflow-x-auto px-4 pb-3.5 print:overflow-visible"
      >
        <pre className="font-mono text-sm leading-relaxed print:whitespace-pre-wrap">
          <code translate="no">
            <HighlightedCode code={code} language={language} />
          </code>
        </pre>
      </ScrollBox>
    </div>
  );
}
