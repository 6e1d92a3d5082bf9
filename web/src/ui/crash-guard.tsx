// Shows a message where an error would leave an empty page. A page's script that cannot be loaded
// (no network, or replaced by a new version) ends up here too.
import { Component, type ReactNode } from "react";
import { t } from "../i18n/translate";
import { Button } from "./button";
import { MessageScreen } from "./message-screen";

export class CrashGuard extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    return (
      <MessageScreen
        actions={
          <Button small onClick={() => location.reload()}>
            {t("ui.reload")}
          </Button>
        }
      >
        {t("ui.crashed")}
      </MessageScreen>
    );
  }
}
