// The other conversations and the notes: next to the current one, or over it as drawers on narrow
// screens. Loaded after the first paint.
import { NotesPanel } from "../features/notes/notes-panel";
import { ThreadList, type ThreadListProps } from "../features/threads/thread-list";
import { t } from "../i18n/translate";
import { Drawer } from "../ui/drawer";
import type { ChatLists } from "./chat-parts";
import type { Side } from "./header-menu";

type ListProps = Omit<ThreadListProps, "store" | "search" | "activity">;

export interface ChatSidesProps extends ListProps {
  lists: ChatLists;
  drawer: Side | null;
  onCloseDrawer: () => void;
}

export function ThreadsSide({ lists, ...props }: ChatSidesProps) {
  return <ThreadList {...storesOf(lists)} {...listProps(props)} />;
}

export function NotesSide({ lists }: ChatSidesProps) {
  return <NotesPanel store={lists.notes} />;
}

export function Drawers({ lists, drawer, onCloseDrawer, ...props }: ChatSidesProps) {
  return (
    <>
      <Drawer open={drawer === "threads"} onClose={onCloseDrawer} label={t("threads.name")}>
        <div className="flex h-full flex-col">
          <ThreadList {...storesOf(lists)} {...listProps(props)} />
        </div>
      </Drawer>
      <Drawer open={drawer === "notes"} onClose={onCloseDrawer} label={t("notes.name")} side="end">
        <NotesPanel store={lists.notes} bare />
      </Drawer>
    </>
  );
}

function storesOf({ threads, search, activity }: ChatLists) {
  return { store: threads, search, activity };
}

function listProps({ activeId, onNewChat, onOpen, onDeleted }: ListProps) {
  return { activeId, onNewChat, onOpen, onDeleted };
}
