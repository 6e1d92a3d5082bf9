declare module "virtual:loader-texts" {
  export const catalogues: Record<string, Partial<import("./texts").LoaderTexts>>;
}
