// What stands beside a conversation, or over it as drawers on narrow screens: the other
// conversations and the notes. Fetched after the first paint.
import { NotesPanel } from "../features/notes/notes-panel";
import { ThreadList, type ThreadListProps } from "../features/threads/thread-list";
import { useLoaderFrame } from "../ui/app-link";
import { Drawer } from "../ui/drawer";
import type { ChatStores } from "./chat-parts";

export type Side = "threads" | "notes";

export interface ChatSidesProps extends Omit<ThreadListProps, "store"> {
  stores: ChatStores;
  /** The drawer that is open. */
  drawer: Side | null;
  onCloseDrawer: () => void;
}

export function ThreadsSide({ stores, ...props }: ChatSidesProps) {
  return <ThreadList store={stores.threads} {...listProps(props)} />;
}

export function NotesSide({ stores }: ChatSidesProps) {
  return <NotesPanel store={stores.notes} canDownload={!useLoaderFrame()} />;
}

export function Drawers({ stores, drawer, onCloseDrawer, ...props }: ChatSidesProps) {
  const canDownload = !useLoaderFrame();
  return (
    <>
      <Drawer open={drawer === "threads"} onClose={onCloseDrawer} label="Conversations">
        <div className="flex h-full flex-col">
          <ThreadList store={stores.threads} {...listProps(props)} />
        </div>
      </Drawer>
      <Drawer open={drawer === "notes"} onClose={onCloseDrawer} label="Notes" side="right">
        <NotesPanel store={stores.notes} bare canDownload={canDownload} />
      </Drawer>
    </>
  );
}

function listProps({ activeId, onNewChat, onOpen, onDeleted }: Omit<ThreadListProps, "store">) {
  return { activeId, onNewChat, onOpen, onDeleted };
}
