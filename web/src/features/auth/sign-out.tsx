// Leaving, with a word on what goes with it.
import { useState } from "react";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { sentence } from "./sentence";
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
      {failure !== null && <Alert className="w-full">{sentence(failure)}</Alert>}
      <p className="text-muted text-sm">
        {key_source === "site"
          ? "Signing out ends this chat. Conversations and notes that this site does not keep for you are deleted."
          : "Signing out deletes your conversations and notes. They cannot be brought back."}
      </p>
      <Button busy={busy} onClick={() => void signOut()}>
        Sign out
      </Button>
    </div>
  );
}
