// Texts that leave this deployment and come back: whoever carries one can neither read nor change it, nor use it elsewhere.

export interface Seals {
  /** The text in a form that only this deployment can open, and only for the same purpose. Safe in a URL. */
  seal(text: string, purpose: string): Promise<string>;
  /** What was sealed; undefined for anything that this deployment did not seal for that purpose. */
  open(sealed: string, purpose: string): Promise<string | undefined>;
}
