// Settings: the key and model, the look, tokens for other clients, and the way out.
import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { useId } from "react";
import { useWanted } from "../features/auth/guards";
import { KeyForm } from "../features/auth/key-form";
import { SignOut } from "../features/auth/sign-out";
import { useSession } from "../features/auth/use-auth";
import { TokenSettings } from "../features/mcp-tokens/token-settings";
import { useLook } from "../features/site/site-gate";
import { AppLink, useAppNavigate } from "../ui/app-link";
import { SelectField } from "../ui/select-field";
import { setTheme, useTheme } from "../ui/theme";

const THEMES = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;

export function SettingsPage() {
  const session = useSession();
  const theme = useTheme();
  const navigate = useAppNavigate();
  const asked = useWanted();
  const wanted = asked === "/settings" ? "/chat" : asked;
  const { title } = useLook();
  return (
    // Named, and around its heading, to be told from the landmarks of a page around a frame.
    <main aria-label="Settings" className="min-h-full bg-base-200">
      <title>{`Settings · ${title}`}</title>
      <header className="sticky top-0 z-10 border-base-300 border-b bg-base-200/90 backdrop-blur">
        <div className="mx-auto flex h-14 max-w-2xl items-center gap-4 px-4">
          <h1 className="font-semibold text-lg">Settings</h1>
          {session.has_api_key && (
            <AppLink to={wanted} className="btn btn-ghost btn-sm ml-auto font-medium">
              <ArrowLeft className="size-4" aria-hidden="true" />
              Back to chat
            </AppLink>
          )}
        </div>
      </header>
      <div className="mx-auto flex max-w-2xl flex-col gap-5 px-4 py-6 sm:py-8">
        {session.key_source !== "site" && (
          <Section
            title="Model provider"
            about={
              session.has_api_key
                ? "Answers come from your own account at the model provider."
                : "To start, bring your own key from the model provider. Answers are billed there."
            }
          >
            <KeyForm onKeySaved={() => navigate(wanted)} />
          </Section>
        )}
        <Section title="Appearance">
          <div className="max-w-60">
            <SelectField label="Theme" value={theme} options={THEMES} onChange={setTheme} />
          </div>
        </Section>
        <Section title="Notes in other apps">
          <TokenSettings />
        </Section>
        <Section title="Session">
          <SignOut />
        </Section>
      </div>
    </main>
  );
}

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
