// Tokens in words, by the provider's own count.
import type { Usage } from "../../protocol/types";

export function usageWords({ input_tokens, output_tokens }: Usage): string {
  const number = new Intl.NumberFormat(undefined);
  return `${number.format(input_tokens)} tokens in, ${number.format(output_tokens)} out`;
}
