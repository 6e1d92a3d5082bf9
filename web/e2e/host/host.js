// The shop's own script: mounts the chat twice, signs its visitor in, and shows what it hears.

/** Who the visitor is, to the shop. A shop with accounts would know better. */
function visitorId() {
  const known = localStorage.getItem("visitor");
  if (known) return known;
  const id = crypto.randomUUID();
  localStorage.setItem("visitor", id);
  return id;
}

/** Asks the shop's own backend, which asks the chat's API with the shop's key. */
async function getClientSecret() {
  const answer = await fetch("/chat-secret", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: visitorId() }),
  });
  if (!answer.ok) throw new Error(`our backend answered ${answer.status}`);
  return (await answer.json()).client_secret;
}

const look = {
  siteId: "demo",
  accent: "#2f6b45",
  title: "Fern & Field",
  greeting: "Hello! Ask about plants, or have something noted down.",
  starters: ["Please keep a note that the demo is on Friday", "What have you noted?"],
  theme: "light",
  getClientSecret,
};

const inline = SmoothOperator.mount("#chat", { ...look, height: 600 });
const bubble = SmoothOperator.mount(null, { ...look, title: "Ask us anything", mode: "bubble" });

const events = document.querySelector("#events");
function show(widget, name, detail) {
  const line = document.createElement("li");
  const fields = Object.entries(detail).map(([key, value]) => `${key}=${value}`);
  line.textContent = [widget, name, ...fields].join(" ");
  events.append(line);
  events.scrollTop = events.scrollHeight;
}

const names = [
  "ready",
  "open",
  "close",
  "signedin",
  "signedout",
  "agent",
  "runstart",
  "runend",
  "threadchange",
  "resize",
  "error",
];
for (const name of names) {
  inline.on(name, (detail) => show("inline", name, detail));
  bubble.on(name, (detail) => show("bubble", name, detail));
}

let theme = "light";
const actions = {
  ask: () => inline.send("How often should I water a fern?"),
  new: () => inline.newThread(),
  theme: () => {
    theme = theme === "light" ? "dark" : "light";
    inline.setTheme(theme);
    bubble.setTheme(theme);
  },
  bubble: () => bubble.open(),
};
for (const [id, action] of Object.entries(actions)) {
  document.getElementById(id).addEventListener("click", action);
}
