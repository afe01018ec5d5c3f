// The inline route constraints of ASP.NET Core routing (`{id:int:min(1)}`), as tests on the text of a path segment.
// They decide about a match and convert nothing. Source: aspnetcore src/Http/Routing/src/Constraints; .NET parses with the invariant culture.
import { isDotnetDateTime } from './dotnet-date-time.ts';

export type RouteConstraint = (value: string) => boolean;

/** Thrown for a route that cannot be served; the message goes to the function's errors. */
export class RouteTemplateError extends Error {
  override readonly name = 'RouteTemplateError';
}

const INT_MAX = 2_147_483_647n;
const LONG_MAX = 9_223_372_036_854_775_807n;
/** About 2^96: where decimal.TryParse overflows. */
const DECIMAL_MAX = 2 ** 96;

/** NumberStyles.Integer: white space around, a sign in front. */
function parseInteger(text: string): bigint | undefined {
  const digits = /^[\t-\r ]*([+-]?\d+)[\t-\r ]*$/.exec(text)?.[1];
  return digits === undefined ? undefined : BigInt(digits.replace('+', ''));
}

function isIntegerUpTo(max: bigint): RouteConstraint {
  return (value) => {
    const number = parseInteger(value);
    return number !== undefined && number >= -max - 1n && number <= max;
  };
}

/** NumberStyles.Number: thousands separators anywhere in the whole part, a sign in front or behind. */
function isDecimal(value: string): boolean {
  const match = /^[\t-\r ]*([+-]?)[\t-\r ]*(\d[\d,]*\.?\d*|\.\d+)[\t-\r ]*([+-]?)[\t-\r ]*$/.exec(value);
  if (!match || (match[1] && match[3])) return false;
  return Number(match[2]?.replaceAll(',', '')) <= DECIMAL_MAX;
}

const FLOAT = /^[\t-\r ]*(?:[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|infinity|∞))[\t-\r ]*$/i;

const HEX_TEXT = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** The forms N, D, B, P and X of Guid.TryParse. */
const GUID = new RegExp(
  `^\\s*(?:[0-9a-f]{32}|${HEX_TEXT}|\\{${HEX_TEXT}\\}|\\(${HEX_TEXT}\\)|\\{0x[0-9a-f]{1,8}(?:,0x[0-9a-f]{1,4}){2},\\{0x[0-9a-f]{1,2}(?:,0x[0-9a-f]{1,2}){7}\\}\\})\\s*$`,
  'i',
);

const PLAIN: Readonly<Record<string, RouteConstraint>> = {
  int: isIntegerUpTo(INT_MAX),
  long: isIntegerUpTo(LONG_MAX),
  bool: (value) => /^\s*(?:true|false)\s*$/i.test(value),
  datetime: isDotnetDateTime,
  decimal: isDecimal,
  double: (value) => FLOAT.test(value),
  float: (value) => FLOAT.test(value),
  guid: (value) => GUID.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  required: (value) => value !== '',
};

function isBetween(low: bigint | undefined, high: bigint | undefined): RouteConstraint {
  return (value) => {
    if (!PLAIN['long']?.(value)) return false;
    const number = parseInteger(value) ?? 0n;
    return (low === undefined || number >= low) && (high === undefined || number <= high);
  };
}

function hasLength(low: bigint, high: bigint | undefined): RouteConstraint {
  return ({ length }) => BigInt(length) >= low && (high === undefined || BigInt(length) <= high);
}

type Numbers = readonly [bigint, ...bigint[]];

/** Constraints whose arguments are whole numbers, with how many they take. */
const NUMERIC: Readonly<Record<string, { counts: readonly number[]; make: (numbers: Numbers) => RouteConstraint }>> = {
  min: { counts: [1], make: ([low]) => isBetween(low, undefined) },
  max: { counts: [1], make: ([high]) => isBetween(undefined, high) },
  range: { counts: [2], make: ([low, high]) => isBetween(low, high) },
  minlength: { counts: [1], make: ([low]) => hasLength(low, undefined) },
  maxlength: { counts: [1], make: ([high]) => hasLength(0n, high) },
  length: { counts: [1, 2], make: ([low, high]) => hasLength(low, high ?? low) },
};

function compileRegex(pattern: string): RouteConstraint {
  try {
    const regex = new RegExp(pattern, 'i');
    return (value) => regex.test(value);
  } catch (error) {
    throw new RouteTemplateError(`The route constraint 'regex(${pattern})' is not a regular expression JavaScript can run.`, {
      cause: error,
    });
  }
}

/** Compiles one constraint such as `int`, `range(3,5)` or `regex(^a\d+$)`; an unknown or ill-formed one throws. */
export function compileConstraint(text: string): RouteConstraint {
  const [, written = text, argumentText] = /^([^(]*)\((.*)\)$/s.exec(text) ?? [];
  const name = written.trim().toLowerCase();
  if (name === 'regex' && argumentText !== undefined) return compileRegex(argumentText);

  const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
  if (plain && argumentText === undefined) return plain;

  const numeric = Object.hasOwn(NUMERIC, name) ? NUMERIC[name] : undefined;
  const [first, ...others] = (argumentText ?? '').split(',').map(parseInteger);
  if (numeric?.counts.includes(1 + others.length) && first !== undefined && others.every((number) => number !== undefined)) {
    return numeric.make([first, ...others]);
  }
  throw new RouteTemplateError(
    `The route constraint '${text}' is not known. Use ${[...Object.keys(PLAIN), ...Object.keys(NUMERIC)].join(', ')} or regex, with whole numbers where arguments are due.`,
  );
}
