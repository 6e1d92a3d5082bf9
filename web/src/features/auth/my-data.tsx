import { Download } from "lucide-react";
import { useState } from "react";
import { exportMyData } from "../../api/me";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { saveFile } from "../../ui/save-file";
import { useAuthStore } from "./use-auth";

export function MyData() {
  const store = useAuthStore();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [asking, setAsking] = useState(false);

  const download = async () => {
    setBusy(true);
    setFailure(null);
    try {
      saveFile("smooth-operator-data.json", await exportMyData());
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="flex flex-col items-start gap-4">
      <p className="text-muted text-sm">{t("data.about")}</p>
      {failure !== null && <Alert className="w-full">{errorText(failure)}</Alert>}
      <div className="flex flex-wrap gap-2">
        <Button busy={busy} onClick={() => void download()}>
          <Download className="size-4" aria-hidden="true" />
          {t("data.download")}
        </Button>
        <Button className="text-error" onClick={() => setAsking(true)}>
          {t("data.delete")}
        </Button>
      </div>
      {asking && (
        <ConfirmDialog
          title={t("data.delete_title")}
          confirm={t("data.delete")}
          onConfirm={store.deleteData}
          onClose={() => setAsking(false)}
        >
          {t("data.delete_text")}
        </ConfirmDialog>
      )}
    </div>
  );
}
