// The header of a conversation: its title, the agent, and links. In a frame it shows the site's
// title, and a menu has the rest.
import { Moon, NotebookText, PanelLeft, Settings, Sun } from "lucide-react";
import { lazy, Suspense } from "react";
import { useLook } from "../features/site/site-gate";
import { t } from "../i18n/translate";
import { AppLink, useEmbedded } from "../ui/app-link";
import { IconButton } from "../ui/icon-button";
import { isDark, setTheme, useTheme } from "../ui/theme";
import type { HeaderMenuProps } from "./header-menu";
import { SiteMark } from "./site-mark";

const HeaderMenu = lazy(async () => ({ default: (await import("./header-menu")).HeaderMenu }));

export interface ChatHeaderProps extends HeaderMenuProps {
  title: string;
  agent: string;
}

export function ChatHeader({ title, agent, ...ways }: ChatHeaderProps) {
  const embedded = useEmbedded();
  const look = useLook();
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 border-base-300 border-b ps-2 pe-[calc(--spacing(2)+var(--header-end,0px))] sm:ps-3 sm:pe-[calc(--spacing(3)+var(--header-end,0px))]">
      {embedded ? (
        <SiteMark className="ms-1.5 size-6" />
      ) : (
        look.show.conversations && (
          <div className="lg:hidden print:hidden">
            <IconButton
              label={t("threads.name")}
              icon={<PanelLeft className="size-4.5 rtl:-scale-x-100" aria-hidden="true" />}
              onClick={() => ways.onShow("threads")}
            />
          </div>
        )
      )}
      <div className="min-w-0 flex-1 px-1.5 lg:px-3">
        <h1 dir="auto" className="truncate font-semibold text-match text-sm">
          {embedded ? look.title : title}
        </h1>
        <p className="truncate text-muted text-xs">{agent}</p>
      </div>
      <div className="flex items-center gap-1 print:hidden">
        {embedded ? (
          <Suspense>
            <HeaderMenu {...ways} />
          </Suspense>
        ) : (
          <Ways {...ways} />
        )}
      </div>
    </header>
  );
}

function Ways({ path, onShow }: HeaderMenuProps) {
  const { show } = useLook();
  return (
    <>
      {show.theme && <ThemeSwitch />}
      {show.settings && (
        <AppLink
          to="/settings"
          state={{ from: path }}
          aria-label={t("settings.name")}
          title={t("settings.name")}
          className="btn btn-ghost btn-square"
        >
          <Settings className="size-4.5" aria-hidden="true" />
        </AppLink>
      )}
      {show.notes && (
        <div className="xl:hidden">
          <IconButton
            label={t("notes.name")}
            side="bottom-end"
            icon={<NotebookText className="size-4.5" aria-hidden="true" />}
            onClick={() => onShow("notes")}
          />
        </div>
      )}
    </>
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
