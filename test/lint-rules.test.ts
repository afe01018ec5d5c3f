// Proves that the linter, with the project's own configuration, refuses each fault that a rule is there for, and nothing in the clean twin.
// Two runs over temporary trees with the project's layout, because rules are switched by path relative to the configuration.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Case {
  readonly what: string;
  /** Where the file lies; which rules apply depends on it. */
  readonly path: string;
  readonly rule: string;
  readonly faulty: string;
  /** The same thing done right. */
  readonly clean: string;
}

const imports = (what: string, path: string, faulty: string, clean: string): Case => ({
  what,
  path,
  rule: 'eslint(no-restricted-imports)',
  faulty,
  clean,
});
const useOf = (specifier: string): string => `import { thing } from '${specifier}';\n\nexport const used: unknown = thing;\n`;
const typeOf = (specifier: string): string => `import type { Thing } from '${specifier}';\n\nexport type Used = Thing;\n`;
const line = (text: string): string => `${text}\n`;

const cases: readonly Case[] = [
  imports('the domain imports an adapter', 'src/domain/a.ts', useOf('../adapters/thing.ts'), useOf('./thing.ts')),
  imports('the domain imports a package', 'src/domain/b.ts', useOf('zod'), useOf('./thing.ts')),
  imports('the domain imports an adapter type', 'src/domain/c.ts', typeOf('../adapters/thing.ts'), typeOf('./thing.ts')),
  imports('an operation imports an adapter', 'src/operations/a.ts', useOf('../adapters/thing.ts'), useOf('../domain/thing.ts')),
  imports('an operation imports an SDK', 'src/operations/b.ts', useOf('@azure/identity'), useOf('p-map')),
  imports('an operation imports a Node module', 'src/operations/c.ts', useOf('node:crypto'), useOf('./thing.ts')),
  imports('a workflow imports a Node module', 'src/workflows/a.ts', useOf('node:fs/promises'), useOf('../domain/thing.ts')),
  imports('a workflow imports an operation', 'src/workflows/b.ts', useOf('../operations/thing.ts'), useOf('./thing.ts')),
  imports('a workflow imports values of the durable SDK', 'src/workflows/c.ts', useOf('durable-functions'), typeOf('durable-functions')),
  imports(
    'an adapter imports an operation',
    'src/adapters/tables/a.ts',
    useOf('../../operations/thing.ts'),
    useOf('../../domain/thing.ts'),
  ),
  imports('an adapter imports a development part', 'src/adapters/b.ts', useOf('../local/thing.ts'), useOf('@azure/data-tables')),
  imports('a function imports a development part', 'functions/a.ts', useOf('../src/local/thing.ts'), useOf('../src/operations/thing.ts')),
  imports('the composition root imports a development part', 'src/app.ts', useOf('./local/thing.ts'), useOf('./adapters/thing.ts')),
  imports(
    'a development part imports a function',
    'src/local/host/a.ts',
    useOf('../../../functions/thing.ts'),
    useOf('../../domain/thing.ts'),
  ),
  imports('a development part imports an adapter', 'src/local/b.ts', useOf('../adapters/tables/a.ts'), useOf('../domain/thing.ts')),
  imports(
    'a development part imports cmdlet values',
    'src/local/c.ts',
    useOf('../adapters/exchange/cmdlets.ts'),
    typeOf('../adapters/exchange/cmdlets.ts'),
  ),
  {
    what: 'zod is imported by name',
    path: 'functions/b.ts',
    rule: 'unicorn(import-style)',
    faulty: line("import { z } from 'zod';\n\nexport const Name = z.string();"),
    clean: line("import * as z from 'zod';\n\nexport const Name = z.string();"),
  },
  {
    what: 'the environment is read outside the settings',
    path: 'functions/c.ts',
    rule: 'eslint(no-restricted-properties)',
    faulty: line("export const hub = process.env['TASK_HUB'];"),
    clean: line('export const platform = process.platform;'),
  },
  {
    what: 'a function asks what time it is',
    path: 'functions/d.ts',
    rule: 'eslint(no-restricted-globals)',
    faulty: line('export const now = (): string => new Date().toISOString();'),
    clean: line('export const now = (clock: { now(): string }): string => clock.now();'),
  },
  {
    what: 'the domain asks what time it is',
    path: 'src/domain/d.ts',
    rule: 'eslint(no-restricted-globals)',
    faulty: line('export const now = (): Date => new Date();'),
    clean: line('export const later = (now: string): string => now;'),
  },
  {
    what: 'the domain uses the process',
    path: 'src/domain/e.ts',
    rule: 'eslint(no-restricted-globals)',
    faulty: line('export const platform: string = process.platform;'),
    clean: line("export const platform: string = 'any';"),
  },
  {
    what: 'a workflow calls Date.now',
    path: 'src/workflows/d.ts',
    rule: 'eslint(no-restricted-properties)',
    faulty: line('export const now = (): number => Date.now();'),
    clean: line('export const now = (context: { now: number }): number => context.now;'),
  },
  {
    what: 'a workflow makes a Date',
    path: 'src/workflows/e.ts',
    rule: 'eslint(no-restricted-globals)',
    faulty: line('export const now = (): unknown => new Date();'),
    clean: line('export const now = (context: { now: string }): string => context.now;'),
  },
  {
    what: 'a workflow is random',
    path: 'src/workflows/f.ts',
    rule: 'eslint(no-restricted-properties)',
    faulty: line('export const pick = (): number => Math.random();'),
    clean: line('export const pick = (): number => Math.max(1, 2);'),
  },
  {
    what: 'a promise is left floating',
    path: 'functions/e.ts',
    rule: 'typescript(no-floating-promises)',
    faulty: line('const save = async (): Promise<number> => 1;\n\nexport function run(): void {\n  save();\n}'),
    clean: line('const save = async (): Promise<number> => 1;\n\nexport async function run(): Promise<void> {\n  await save();\n}'),
  },
  {
    what: 'a module has a default export',
    path: 'functions/f.ts',
    rule: 'import(no-default-export)',
    faulty: line('export default 1;'),
    clean: line('export const one = 1;'),
  },
  {
    what: 'a file has 301 lines of code',
    path: 'functions/g.ts',
    rule: 'eslint(max-lines)',
    faulty: Array.from({ length: 301 }, (_, index) => line(`export const n${index} = ${index};`)).join(''),
    clean: `// A comment does not count.\n\n${Array.from({ length: 300 }, (_, index) => line(`export const n${index} = ${index};`)).join('')}`,
  },
  {
    what: 'a file re-exports another',
    path: 'functions/h.ts',
    rule: 'oxc(no-barrel-file)',
    faulty: line("export * from './f.ts';"),
    clean: line("import { one } from './f.ts';\n\nexport const two = one + 1;"),
  },
  {
    what: 'something else than an error is thrown',
    path: 'src/adapters/c.ts',
    rule: 'typescript(only-throw-error)',
    faulty: line("export function fail(): never {\n  throw 'no';\n}"),
    clean: line("export function fail(): never {\n  throw new Error('no');\n}"),
  },
];

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

let directory: string;

async function makeTree(name: string, text: (of: Case) => string): Promise<string> {
  const tree = join(directory, name);
  await mkdir(tree);
  await Promise.all(['.oxlintrc.json', 'tsconfig.json', 'package.json'].map((file) => cp(join(root, file), join(tree, file))));
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction');
  const files = cases.map(async (of) => {
    await mkdir(dirname(join(tree, of.path)), { recursive: true });
    await writeFile(join(tree, of.path), text(of));
  });
  await Promise.all(files);
  return tree;
}

function lint(tree: string): Promise<Finding[]> {
  const command = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [command, '--format', 'json', 'functions', 'src'],
      { cwd: tree, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        // Exit code 1 means findings; anything else, such as a configuration it cannot read, is a failure of the run.
        if (error && error.code !== 1) reject(new Error(`oxlint failed: ${stderr || stdout}`, { cause: error }));
        else resolve((JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics);
      },
    );
  });
}

let faults: Finding[];
let leftovers: Finding[];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lint-rules-'));
  const [faulty, clean] = await Promise.all([makeTree('faulty', (of) => of.faulty), makeTree('clean', (of) => of.clean)]);
  faults = await lint(faulty);
  leftovers = await lint(clean);
});

after(() => rm(directory, { recursive: true, force: true }));

for (const { what, path, rule } of cases) {
  test(`the linter refuses it when ${what}`, () => {
    const rules = faults.filter((finding) => finding.filename === path).map((finding) => finding.code);

    assert.ok(rules.includes(rule), `${path}: expected ${rule}, found ${rules.join(', ') || 'nothing'}`);
  });
}

test('the linter finds nothing where each of these is done right', () => {
  assert.deepEqual(
    leftovers.map(({ filename, code, message }) => `${filename}: ${code} ${message}`),
    [],
  );
});
