// An error with a button that tries again.
import type { ReactNode } from "react";
import { t } from "../i18n/translate";
import { Alert } from "./alert";
import { Button } from "./button";

interface RetryAlertProps {
  children: ReactNode;
  onRetry: () => void;
  className?: string;
}

export function RetryAlert({ children, onRetry, className }: RetryAlertProps) {
  const retry = (
    <Button small onClick={onRetry}>
      {t("ui.try_again")}
    </Button>
  );
  return (
    <Alert className={className} actions={retry}>
      {children}
    </Alert>
  );
}
