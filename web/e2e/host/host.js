// The shop's own script: mounts the chat twice, signs the visitor in, and lists the events.

/** The visitor's id. A shop with accounts uses theirs. */
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

const plants = {
  F12: "Boston fern",
  M30: "Monstera",
  C05: "Cactus",
};
const cart = new Map();

function showCart() {
  const lines = [...cart].map(([sku, quantity]) => `${quantity} × ${plants[sku]}`);
  document.querySelector("#cart").textContent = lines.join(", ") || "empty";
}

function known(sku) {
  if (!Object.hasOwn(plants, sku)) throw new Error(`this shop has no plant ${sku}`);
  return sku;
}

const sku = { type: "string", description: "The number of a plant, such as F12" };

/** The tools of this page. */
const tools = {
  add_to_cart: {
    description: "Puts plants into the visitor's cart.",
    parameters: {
      type: "object",
      properties: { sku, quantity: { type: "integer", minimum: 1, default: 1 } },
      required: ["sku"],
    },
    run({ sku, quantity = 1 }) {
      cart.set(known(sku), (cart.get(sku) ?? 0) + quantity);
      showCart();
      return { in_cart: cart.get(sku) };
    },
  },
  read_cart: {
    description: "Tells what is in the visitor's cart.",
    readOnly: true,
    run: () => ({ items: [...cart].map(([sku, quantity]) => ({ sku, quantity })) }),
  },
  show_plant: {
    description: "Shows a plant to the visitor on this page.",
    parameters: { type: "object", properties: { sku }, required: ["sku"] },
    readOnly: true,
    run({ sku }) {
      const card = document.querySelector(`[data-sku="${known(sku)}"]`);
      for (const other of document.querySelectorAll("[data-sku]")) {
        other.toggleAttribute("data-shown", other === card);
      }
      card.scrollIntoView({ block: "nearest" });
      return { shown: plants[sku] };
    },
  },
};

/** The page's context. */
function context() {
  const shown = document.querySelector("[data-shown]")?.dataset.sku;
  return { page: document.title, plant_in_view: shown ?? null };
}

const look = {
  siteId: "demo",
  accent: "#2f6b45",
  title: "Fern & Field",
  greeting: "Hello! Ask about plants, or have something noted down.",
  starters: ["Please keep a note that the demo is on Friday", "What have you noted?"],
  theme: "light",
  getClientSecret,
  tools,
  context,
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
  "unread",
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
