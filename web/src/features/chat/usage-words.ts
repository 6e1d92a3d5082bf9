import { t } from "../../i18n/translate";
import type { Usage } from "../../protocol/types";

export function usageWords({ input_tokens, output_tokens }: Usage): string {
  return t("chat.usage", { input: input_tokens, output: output_tokens });
}
