// The direction of a text by its first letter, for elements whose own text stands in children with
// a direction: there the browser's "auto" sees nothing.
const FIRST_LETTER = /\p{L}/u;
const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

export function directionOf(text: string): "ltr" | "rtl" {
  const letter = FIRST_LETTER.exec(text)?.[0] ?? "";
  return RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
}
