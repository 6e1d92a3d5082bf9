// Saves or deletes the visitor's own API key, and sets the model. The server never returns a key,
// so the field starts empty.
import { KeyRound } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { ApiError } from "../../api/http";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { cleanSecret } from "../../ui/clean-secret";
import { Combobox } from "../../ui/combobox";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { mayTakeFocus } from "../../ui/may-take-focus";
import { showNotice } from "../../ui/notice";
import { announce } from "../../ui/status-region";
import { TextField } from "../../ui/text-field";
import { useAuthStore, useSession } from "./use-auth";
import { useModels } from "./use-models";

/** `onKeySaved` is called after a key was saved, but not after only a model was. */
export function KeyForm({ onKeySaved }: { onKeySaved: () => void }) {
  const store = useAuthStore();
  const session = useSession();
  const [key, setKey] = useState("");
  // Null: the session's model, which another tab may change.
  const [typedModel, setTypedModel] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [forgetting, setForgetting] = useState(false);
  const [fault, setFault] = useState<Faults>({});
  const [done, setDone] = useState<"model_saved" | "forgotten" | null>(null);
  const models = useModels(session.has_api_key);
  const keyField = useRef<HTMLInputElement>(null);

  const model = typedModel ?? session.model;

  const save = async () => {
    if (busy) return;
    const newKey = cleanSecret(key);
    const newModel = model.trim();
    const faults = findFaults(newKey, newModel, newModel !== session.model, session.has_api_key);
    setFault(faults);
    if (faults.key) keyField.current?.focus();
    if (faults.key || faults.model) return;
    setBusy(true);
    setFailure(null);
    setDone(null);
    try {
      const saved = await store.saveSettings({
        ...(newKey !== "" && { api_key: newKey }),
        ...(newModel !== session.model && { model: newModel }),
      });
      setKey("");
      setTypedModel(null);
      models.forget();
      if (newKey === "") {
        setDone("model_saved");
      } else {
        announce(t("key.saved"));
        if (saved.model !== newModel) {
          showNotice(t("key.model_chosen", { wanted: newModel, model: saved.model }));
        }
        onKeySaved();
      }
    } catch (error) {
      setFailure(error);
      if (isRejected(error)) keyField.current?.focus();
    } finally {
      setBusy(false);
    }
  };

  const forget = async () => {
    await store.forgetKey();
    setKey("");
    setFailure(null);
    models.forget();
    setDone("forgotten");
    keyField.current?.focus();
  };

  return (
    <form
      className="flex flex-col gap-5"
      noValidate
      autoComplete="off"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void save();
      }}
    >
      {failure !== null && (
        <Alert
          actions={
            canTryAgain(failure) && (
              <Button small onClick={() => void save()}>
                {t("ui.try_again")}
              </Button>
            )
          }
        >
          {errorText(failure)}
        </Alert>
      )}
      {done && (
        <Alert tone="success">
          {done === "forgotten" ? t("key.forgotten") : t("key.model_saved")}
        </Alert>
      )}
      <TextField
        ref={keyField}
        label={t("key.label")}
        type="password"
        name="provider-key"
        autoComplete="off"
        autoFocus={!session.has_api_key && mayTakeFocus()}
        spellCheck={false}
        data-1p-ignore
        data-lpignore="true"
        value={key}
        error={fault.key?.() ?? null}
        aria-invalid={fault.key || isRejected(failure) ? true : undefined}
        hint={
          session.has_api_key ? (
            <span className="flex gap-1.5">
              <KeyRound className="mt-0.75 size-3.5 shrink-0 text-success" aria-hidden="true" />
              <span>
                <strong className="block font-medium text-base-content">{t("key.is_saved")}</strong>
                {t("key.replace")}
              </span>
            </span>
          ) : (
            t("key.where")
          )
        }
        onChange={(event) => {
          setKey(event.target.value);
          setFault({});
        }}
      />
      <Combobox
        label={t("key.model")}
        value={model}
        options={models.options}
        note={models.noteOn(model.trim())}
        error={fault.model?.() ?? null}
        onOpen={models.load}
        onChange={(value) => {
          setTypedModel(value);
          setFault({});
        }}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={busy} className="min-w-24">
          {t("ui.save")}
        </Button>
        {session.has_api_key && (
          <Button onClick={() => setForgetting(true)}>{t("key.forget")}</Button>
        )}
      </div>
      {forgetting && (
        <ConfirmDialog
          title={t("key.forget_title")}
          confirm={t("key.forget")}
          onConfirm={forget}
          onClose={() => setForgetting(false)}
        >
          {t("key.forget_text")}
        </ConfirmDialog>
      )}
    </form>
  );
}

/** Worded when drawn, since the language may change. */
interface Faults {
  key?: () => string;
  model?: () => string;
}

/** The contract: a key is 1–500 visible ASCII characters, a model name 1–200 of the same. */
function findFaults(key: string, model: string, modelChanged: boolean, hasKey: boolean) {
  const faults: Faults = {};
  if (key !== "" && !/^[!-~]{1,500}$/.test(key)) {
    faults.key = () => t("key.malformed");
  } else if (key === "" && !hasKey) {
    faults.key = () => t("key.missing");
  }
  if (modelChanged && !/^[!-~]{1,200}$/.test(model)) {
    faults.model = () => t("key.model_malformed");
  } else if (key === "" && hasKey && !modelChanged) {
    faults.key = () => t("key.unchanged");
  }
  return faults;
}

function isRejected(error: unknown): boolean {
  return error instanceof ApiError && error.code === "api_key_rejected";
}

function canTryAgain(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}
