// The part of the loader that is loaded only if needed: texts in other languages, and page tools.
export { offerPage } from "./page-offer";
export { textsIn } from "./translated-texts";
