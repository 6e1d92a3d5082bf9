// Leaving, with a word on what goes with it.
import { useState } from "react";
import { toApiError } from "../../api/http";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { useAuthStore, useSession } from "./use-auth";

export function SignOut() {
  const store = useAuthStore();
  const { key_source } = useSession();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  const signOut = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await store.signOut();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  return (
    <div className="flex flex-col items-start gap-4">
      {failure !== null && <Alert className="w-full">{errorText(toApiError(failure))}</Alert>}
      <p className="text-muted text-sm">
        {key_source === "site" ? t("auth.sign_out_site") : t("auth.sign_out_own")}
      </p>
      <Button busy={busy} onClick={() => void signOut()}>
        {t("auth.sign_out")}
      </Button>
    </div>
  );
}
