// The search field for conversations. Does not search while an input method is composing.
import { Search, X } from "lucide-react";
import { useRef, useState } from "react";
import { t } from "../../i18n/translate";
import { IconButton } from "../../ui/icon-button";
import { isComposing } from "../../ui/is-composing";

export interface SearchFieldProps {
  value: string;
  onChange: (value: string) => void;
}

export function SearchField({ value, onChange }: SearchFieldProps) {
  // Text being composed, which the search does not know yet.
  const [composed, setComposed] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const clear = () => {
    onChange("");
    field.current?.focus();
  };
  return (
    <div className="relative">
      <Search
        className="pointer-events-none absolute start-3 top-1/2 z-1 size-4 -translate-y-1/2 text-muted"
        aria-hidden="true"
      />
      <input
        ref={field}
        type="search"
        aria-label={t("threads.search")}
        placeholder={t("threads.search")}
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        className="input w-full border-line ps-9 pe-9 text-sm pointer-coarse:text-base [&::-webkit-search-cancel-button]:hidden"
        value={composed ?? value}
        onChange={(event) => {
          if (composed === null) onChange(event.target.value);
          else setComposed(event.target.value);
        }}
        onCompositionStart={(event) => setComposed(event.currentTarget.value)}
        onCompositionEnd={(event) => {
          setComposed(null);
          onChange(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || value === "" || isComposing(event.nativeEvent)) return;
          // Handled, so that a drawer around us stays open.
          event.preventDefault();
          event.stopPropagation();
          clear();
        }}
      />
      {value !== "" && (
        <div className="absolute end-1 top-1/2 -translate-y-1/2">
          <IconButton
            small
            label={t("threads.clear_search")}
            side="bottom-end"
            icon={<X className="size-4" aria-hidden="true" />}
            onClick={clear}
          />
        </div>
      )}
    </div>
  );
}
