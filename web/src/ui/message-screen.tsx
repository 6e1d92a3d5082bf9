// A page with a single message, which is its heading.
import { Alert, type AlertProps } from "./alert";
import { Screen } from "./screen";

export function MessageScreen({ children, ...alert }: Omit<AlertProps, "className">) {
  return (
    <Screen>
      <Alert {...alert}>
        <h1>{children}</h1>
      </Alert>
    </Screen>
  );
}
