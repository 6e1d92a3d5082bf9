// The line above a conversation: its title, who answers, and the ways elsewhere.
import { Moon, NotebookText, PanelLeft, Settings, Sun } from "lucide-react";
import { t } from "../i18n/translate";
import { AppLink } from "../ui/app-link";
import { IconButton } from "../ui/icon-button";
import { isDark, setTheme, useTheme } from "../ui/theme";

export interface ChatHeaderProps {
  title: string;
  agent: string;
  /** This page's address, for the way back from the settings. */
  path: string;
  /** In a frame both sides are drawers at any width. */
  embedded: boolean;
  onShowThreads: () => void;
  onShowNotes: () => void;
}

export function ChatHeader(props: ChatHeaderProps) {
  const { title, agent, path, embedded, onShowThreads, onShowNotes } = props;
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 border-base-300 border-b px-2 sm:px-3">
      <div className={embedded ? undefined : "lg:hidden print:hidden"}>
        <IconButton
          label={t("threads.name")}
          icon={<PanelLeft className="size-4.5 rtl:-scale-x-100" aria-hidden="true" />}
          onClick={onShowThreads}
        />
      </div>
      <div className="min-w-0 flex-1 px-1.5 lg:px-3">
        <h1 dir="auto" className="truncate font-semibold text-sm">
          {title}
        </h1>
        <p className="truncate text-muted text-xs">{agent}</p>
      </div>
      <div className="flex items-center gap-1 print:hidden">
        <ThemeSwitch />
        <AppLink
          to="/settings"
          state={{ from: path }}
          aria-label={t("settings.name")}
          title={t("settings.name")}
          className="btn btn-ghost btn-square"
        >
          <Settings className="size-4.5" aria-hidden="true" />
        </AppLink>
        <div className={embedded ? undefined : "xl:hidden"}>
          <IconButton
            label={t("notes.name")}
            side="bottom-end"
            icon={<NotebookText className="size-4.5" aria-hidden="true" />}
            onClick={onShowNotes}
          />
        </div>
      </div>
    </header>
  );
}

function ThemeSwitch() {
  useTheme();
  const dark = isDark();
  const Icon = dark ? Sun : Moon;
  return (
    <IconButton
      label={dark ? t("chat.light") : t("chat.dark")}
      icon={<Icon className="size-4.5" aria-hidden="true" />}
      onClick={() => setTheme(dark ? "light" : "dark")}
    />
  );
}
