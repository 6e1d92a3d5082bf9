// Uses everything that the package exports. The address of the chat is in the page's own.
import { loadSmoothOperator, type WidgetHandle, type WidgetTheme } from "@smooth-operator/embed";
import "@smooth-operator/embed/element";
import { SmoothOperatorChat } from "@smooth-operator/embed/react";
import { StrictMode, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

const src = new URLSearchParams(location.search).get("src") ?? "";
const heard: string[] = [];
Object.assign(window, { heard });

for (const element of document.querySelectorAll("smooth-operator-chat")) {
  element.addEventListener("ready", () => heard.push(`${element.id} ready`));
  element.setAttribute("src", src);
}

const themes: (WidgetTheme | undefined)[] = ["light", "dark", undefined];

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
          theme={themes[count]}
          tools={{ count: { description: "Counts", readOnly: true, run: () => ({ count }) } }}
          onReady={() => heard.push(`react ready ${count}`)}
        />
      )}
    </main>
  );
}

createRoot(document.querySelector("#react") as HTMLElement).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);

void loadSmoothOperator(src).then(({ version }) => heard.push(`version ${version}`));
