// The parts that later.tsx fetches, as one chunk.
export { ChatErrorAlert } from "./chat-error";
export { Messages } from "./messages";
export { NotShown } from "./not-shown";
