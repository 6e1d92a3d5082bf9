// The menu of an embedded chat. Loaded after the first paint.
import { Ellipsis, Moon, NotebookText, PanelLeft, Settings, SquarePen, Sun } from "lucide-react";
import { useLook } from "../features/site/site-gate";
import { t } from "../i18n/translate";
import { useAppNavigate } from "../ui/app-link";
import { Menu, type MenuItem } from "../ui/menu";
import { isDark, setTheme, useTheme } from "../ui/theme";

export type Side = "threads" | "notes";

export interface HeaderMenuProps {
  /** This page's address, for returning from the settings. */
  path: string;
  onNewChat: () => void;
  onShow: (side: Side) => void;
}

export function HeaderMenu({ path, onNewChat, onShow }: HeaderMenuProps) {
  const { show } = useLook();
  const navigate = useAppNavigate();
  useTheme();
  const dark = isDark();
  const icon = "size-4";
  const items: (MenuItem | false)[] = [
    {
      label: t("threads.new"),
      icon: <SquarePen className={icon} aria-hidden="true" />,
      onSelect: onNewChat,
    },
    show.conversations && {
      label: t("threads.name"),
      icon: <PanelLeft className={`${icon} rtl:-scale-x-100`} aria-hidden="true" />,
      onSelect: () => onShow("threads"),
    },
    show.notes && {
      label: t("notes.name"),
      icon: <NotebookText className={icon} aria-hidden="true" />,
      onSelect: () => onShow("notes"),
    },
    show.theme && {
      label: dark ? t("chat.light") : t("chat.dark"),
      icon: dark ? (
        <Sun className={icon} aria-hidden="true" />
      ) : (
        <Moon className={icon} aria-hidden="true" />
      ),
      onSelect: () => setTheme(dark ? "light" : "dark"),
    },
    show.settings && {
      label: t("settings.name"),
      icon: <Settings className={icon} aria-hidden="true" />,
      onSelect: () => navigate("/settings", { state: { from: path } }),
    },
  ];
  return (
    <Menu
      label={t("chat.menu")}
      icon={<Ellipsis className="size-4.5" aria-hidden="true" />}
      items={items.filter((item) => item !== false)}
      button={{ side: "bottom-end" }}
    />
  );
}
