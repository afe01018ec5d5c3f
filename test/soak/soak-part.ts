// What a part of the soak is: a title in docs/reliability.md, and figures that it brings or a broken promise that it throws.
import type { Figure } from '../bench/figures.ts';

export interface SoakOrder {
  /** Folder of the built bundle. */
  readonly app: string;
  readonly seed: number;
  readonly onProgress: (text: string) => void;
}

export interface SoakPart {
  readonly title: string;
  run(order: SoakOrder): Promise<Figure[]>;
}
