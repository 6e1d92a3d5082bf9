// The module that the loader fetches where a page needs it: its texts in other languages than
// English, and page tools.
export { offerPage } from "./page-offer";
export { textsIn } from "./translated-texts";
