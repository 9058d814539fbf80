/** A cell of a table: what separates cells and rows is a blank within one. */
export function tableCell(text: string): string {
  return text.replaceAll(/[\t\r\n]+/g, " ");
}
