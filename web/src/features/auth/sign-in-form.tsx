import { type FormEvent, useRef, useState } from "react";
import { ApiError } from "../../api/http";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { cleanSecret } from "../../ui/clean-secret";
import { mayTakeFocus } from "../../ui/may-take-focus";
import { TextField } from "../../ui/text-field";
import { useAuthStore } from "./use-auth";

export function SignInForm({ siteId }: { siteId: string | null }) {
  const store = useAuthStore();
  const [passcode, setPasscode] = useState("");
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const field = useRef<HTMLInputElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setFailure(null);
    const given = cleanSecret(passcode);
    setMissing(given === "");
    if (given === "") {
      field.current?.focus();
      return;
    }
    setBusy(true);
    try {
      // After a success the session changes, and the guard redirects.
      await store.signIn(
        siteId === null ? { passcode: given } : { passcode: given, site_id: siteId },
      );
    } catch (error) {
      setFailure(error);
      setBusy(false);
      field.current?.focus();
      field.current?.select();
    }
  };

  const wrong = failure instanceof ApiError && failure.code === "wrong_passcode";
  return (
    <form className="flex flex-col gap-4" noValidate onSubmit={(event) => void submit(event)}>
      {failure !== null && <Alert>{errorText(failure)}</Alert>}
      <TextField
        ref={field}
        label={t("auth.passcode")}
        type="password"
        name="passcode"
        autoComplete="current-password"
        autoFocus={mayTakeFocus()}
        required
        value={passcode}
        error={missing ? t("auth.passcode_missing") : null}
        aria-invalid={wrong || missing || undefined}
        onChange={(event) => {
          setPasscode(event.target.value);
          setMissing(false);
        }}
      />
      <Button type="submit" look="primary" busy={busy} className="w-full">
        {t("auth.sign_in")}
      </Button>
    </form>
  );
}
