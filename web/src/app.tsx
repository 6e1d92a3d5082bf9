// The routes of the app.
import { BrowserRouter } from "react-router";
import { StatusRegion } from "./ui/status-region";

export function App() {
  return (
    <BrowserRouter>
      <StatusRegion />
    </BrowserRouter>
  );
}
