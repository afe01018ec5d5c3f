// Tells the members of a group of one day from those of another without keeping them: the order in which they are listed does not matter.
// Object ids are random and nobody chooses their own, so sums of them are digest enough; nothing is proved by it.
import { wordsOf } from './user-index.ts';

export interface MemberDigest {
  /** Adds a member; one that is added twice counts twice. */
  add(id: string): void;
  /** Of all that were added so far. */
  text(): string;
}

/** The digest of a group without members. */
export function createMemberDigest(): MemberDigest {
  const sums = new Uint32Array(4);
  let members = 0;
  return {
    add(id) {
      for (const [index, word] of wordsOf(id).entries()) sums[index] = (sums[index] ?? 0) + word;
      members += 1;
    },
    text: () => `${members}-${[...sums].map((sum) => sum.toString(16).padStart(8, '0')).join('')}`,
  };
}
