import { useState } from "react";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { useAuthStore, useSession } from "./use-auth";

export function SignOut() {
  const store = useAuthStore();
  const { key_source } = useSession();
  const [asking, setAsking] = useState(false);
  const consequence = key_source === "site" ? t("auth.sign_out_site") : t("auth.sign_out_own");
  return (
    <div className="flex flex-col items-start gap-4">
      <p className="text-muted text-sm">{consequence}</p>
      <Button onClick={() => setAsking(true)}>{t("auth.sign_out")}</Button>
      {asking && (
        <ConfirmDialog
          title={t("auth.sign_out_title")}
          confirm={t("auth.sign_out")}
          onConfirm={store.signOut}
          onClose={() => setAsking(false)}
        >
          {consequence}
        </ConfirmDialog>
      )}
    </div>
  );
}
