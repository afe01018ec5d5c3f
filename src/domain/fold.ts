// Texts as people compare them: without regard to case, accents and the forms in which Unicode writes the same letter.

/** The text without what people overlook; two texts that fold to the same are the same to a reader. */
export function fold(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
