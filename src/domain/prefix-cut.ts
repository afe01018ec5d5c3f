// Cutting a list by how a text of its rows begins, where Exchange compares the texts: nobody here has to know how it folds case or accents,
// because what a prefix does not take, the remainder next to it does.

/** The texts that begin with `prefix` and with none of `without`. A text that is not there begins with nothing. */
export interface PrefixCut {
  readonly prefix: string;
  readonly without: readonly string[];
}

/** How to cut. */
export interface PrefixLimits {
  /** The most texts a cut may have, as far as their beginnings allow. */
  readonly most: number;
  /** The characters a prefix may have: Exchange takes quotes, wildcards and blanks at the end of a text for something else. */
  readonly characters: RegExp;
}

/** Cuts that together cover every text there may be, planned by `texts`, which are in lower case; one that is not there is ''. */
export function cutByPrefix(
  texts: readonly string[],
  limits: PrefixLimits,
  within: PrefixCut = { prefix: '', without: [] },
): readonly PrefixCut[] {
  const { prefix, without } = within;
  const { characters, most } = limits;
  if (texts.length <= most) return [within];
  const groups = [...groupByNext(texts, prefix, characters)].toSorted(
    ([a, left], [b, right]) => right.length - left.length || (a < b ? -1 : 1),
  );
  const taken: [string, readonly string[]][] = [];
  let left = texts.length;
  for (const [next, group] of groups) {
    if (left <= most) break;
    if (without.includes(next)) continue;
    taken.push([commonBeginning(group, next, characters), group]);
    left -= group.length;
  }
  const inner = taken.flatMap(([next, group]) => cutByPrefix(group, limits, { prefix: next, without: without.filter(isBelow(next)) }));
  return [...inner, { prefix, without: [...without, ...taken.map(([next]) => next)] }];
}

const isBelow = (prefix: string) => (longer: string) => longer.startsWith(prefix) && longer !== prefix;

/** The longest prefix that all of these texts have, which begin with `prefix` already: one cut instead of one a character. */
function commonBeginning(texts: readonly string[], prefix: string, characters: RegExp): string {
  const [first = ''] = texts;
  let common = prefix;
  for (const character of first.slice(prefix.length)) {
    const longer = common + character;
    if (!characters.test(character) || !texts.every((text) => text.startsWith(longer))) break;
    common = longer;
  }
  return common;
}

/** The texts that go on behind the prefix, by the prefix that is one character longer. */
function groupByNext(texts: readonly string[], prefix: string, characters: RegExp): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const text of texts) {
    const [character = ''] = text.slice(prefix.length);
    if (!text.startsWith(prefix) || !characters.test(character)) continue;
    const next = prefix + character;
    const group = groups.get(next) ?? [];
    group.push(text);
    groups.set(next, group);
  }
  return groups;
}
