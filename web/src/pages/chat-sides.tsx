// What stands beside a conversation, or over it as drawers on narrow screens: the other
// conversations and the notes. Fetched after the first paint.
import { NotesPanel } from "../features/notes/notes-panel";
import { ThreadList, type ThreadListProps } from "../features/threads/thread-list";
import { t } from "../i18n/translate";
import { useLoaderFrame } from "../ui/app-link";
import { Drawer } from "../ui/drawer";
import type { ChatStores } from "./chat-parts";

export type Side = "threads" | "notes";

type ListProps = Omit<ThreadListProps, "store" | "search" | "activity">;

export interface ChatSidesProps extends ListProps {
  stores: ChatStores;
  /** The drawer that is open. */
  drawer: Side | null;
  onCloseDrawer: () => void;
}

export function ThreadsSide({ stores, ...props }: ChatSidesProps) {
  return <ThreadList {...storesOf(stores)} {...listProps(props)} />;
}

export function NotesSide({ stores }: ChatSidesProps) {
  return <NotesPanel store={stores.notes} canDownload={!useLoaderFrame()} />;
}

export function Drawers({ stores, drawer, onCloseDrawer, ...props }: ChatSidesProps) {
  const canDownload = !useLoaderFrame();
  return (
    <>
      <Drawer open={drawer === "threads"} onClose={onCloseDrawer} label={t("threads.name")}>
        <div className="flex h-full flex-col">
          <ThreadList {...storesOf(stores)} {...listProps(props)} />
        </div>
      </Drawer>
      <Drawer
        open={drawer === "notes"}
        onClose={onCloseDrawer}
        label={t("notes.name")}
        side="right"
      >
        <NotesPanel store={stores.notes} bare canDownload={canDownload} />
      </Drawer>
    </>
  );
}

function storesOf({ threads, search, activity }: ChatStores) {
  return { store: threads, search, activity };
}

function listProps({ activeId, onNewChat, onOpen, onDeleted }: ListProps) {
  return { activeId, onNewChat, onOpen, onDeleted };
}
