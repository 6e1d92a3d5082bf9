// Uses everything that the package exports. The address of the chat is in the page's own.
import { loadSmoothOperator, type WidgetHandle } from "@smooth-operator/embed";
import "@smooth-operator/embed/element";
import { SmoothOperatorChat } from "@smooth-operator/embed/react";
import { useRef, useState } from "react";
import { createRoot } from "react-dom/client";

const src = new URLSearchParams(location.search).get("src") ?? "";
const heard: string[] = [];
Object.assign(window, { heard });

document.querySelector("smooth-operator-chat")?.addEventListener("ready", () => {
  heard.push("element ready");
});
document.querySelector("smooth-operator-chat")?.setAttribute("src", src);

function Page() {
  const chat = useRef<WidgetHandle | null>(null);
  const [count, setCount] = useState(0);
  const [isShown, setShown] = useState(true);
  return (
    <main>
      <button type="button" onClick={() => setCount(count + 1)}>
        Render again
      </button>
      <button type="button" onClick={() => setShown(!isShown)}>
        Show or hide
      </button>
      <button type="button" onClick={() => heard.push(`open ${chat.current?.getState().open}`)}>
        Ask the handle
      </button>
      {isShown && (
        <SmoothOperatorChat
          ref={chat}
          src={src}
          title="By React"
          starters={["One"]}
          height={420}
          theme={count > 0 ? "dark" : "light"}
          tools={{ count: { description: "Counts", readOnly: true, run: () => ({ count }) } }}
          onReady={() => heard.push(`react ready ${count}`)}
        />
      )}
    </main>
  );
}

createRoot(document.querySelector("#react") as HTMLElement).render(<Page />);

void loadSmoothOperator(src).then(({ version }) => heard.push(`version ${version}`));
