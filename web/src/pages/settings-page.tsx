import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { useId } from "react";
import { useWanted } from "../features/auth/guards";
import { KeyForm } from "../features/auth/key-form";
import { MyData } from "../features/auth/my-data";
import { SignOut } from "../features/auth/sign-out";
import { useSession } from "../features/auth/use-auth";
import { TokenSettings } from "../features/mcp-tokens/token-settings";
import { useLook } from "../features/site/site-gate";
import { isHostLocale } from "../i18n/locale";
import { t } from "../i18n/translate";
import { AppLink, useAppNavigate } from "../ui/app-link";
import { LanguageField } from "../ui/language-field";
import { SelectField } from "../ui/select-field";
import { useSessionEnded } from "../ui/session-ended";
import { setTheme, useTheme } from "../ui/theme";

export function SettingsPage() {
  const session = useSession();
  const theme = useTheme();
  const navigate = useAppNavigate();
  const asked = useWanted();
  const ended = useSessionEnded();
  const wanted = asked === "/settings" ? "/chat" : asked;
  const { title } = useLook();
  return (
    // Named by its heading, to distinguish it from the landmarks of a page around a frame.
    <main aria-label={t("settings.name")} className="min-h-full bg-base-200">
      <title>{`${t("settings.name")} · ${title}`}</title>
      <header className="sticky top-0 z-10 border-base-300 border-b bg-base-200/90 backdrop-blur">
        <div className="mx-auto flex h-14 max-w-2xl items-center gap-4 ps-4 pe-[calc(--spacing(4)+var(--header-end,0px))]">
          <h1 className="font-semibold text-lg">{t("settings.name")}</h1>
          {session.has_api_key && (
            <AppLink to={wanted} className="btn btn-ghost btn-sm -me-3 ms-auto font-medium">
              <ArrowLeft className="size-4 rtl:-scale-x-100" aria-hidden="true" />
              {t("settings.back")}
            </AppLink>
          )}
        </div>
      </header>
      <div className="mx-auto flex max-w-2xl flex-col gap-5 px-4 py-6 sm:py-8">
        {session.key_source !== "site" && (
          <Section
            title={t("settings.provider")}
            about={session.has_api_key ? t("settings.provider_own") : t("settings.provider_new")}
          >
            <KeyForm onKeySaved={() => navigate(wanted, { state: { ended } })} />
          </Section>
        )}
        <Section title={t("settings.appearance")}>
          <div className="grid gap-4 sm:grid-cols-2">
            <SelectField
              label={t("settings.theme")}
              value={theme}
              options={themes()}
              onChange={setTheme}
            />
            {!isHostLocale() && <LanguageField />}
          </div>
        </Section>
        <Section title={t("settings.tokens")}>
          <TokenSettings />
        </Section>
        <Section title={t("settings.data")}>
          <MyData />
        </Section>
        <Section title={t("settings.session")}>
          <SignOut />
        </Section>
      </div>
    </main>
  );
}

const themes = () =>
  [
    { value: "system", label: t("settings.theme_system") },
    { value: "light", label: t("settings.theme_light") },
    { value: "dark", label: t("settings.theme_dark") },
  ] as const;

function Section(props: { title: string; about?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="rounded-box border border-base-300 bg-base-100 p-5 shadow-card sm:p-6"
    >
      <h2 id={id} className="font-semibold text-base">
        {props.title}
      </h2>
      {props.about && <p className="mt-0.5 text-muted text-sm">{props.about}</p>}
      <div className="mt-4">{props.children}</div>
    </section>
  );
}
