// What holds for the repository as a whole and no compiler checks: layout, headers, sizes, and that the pages match the folders.
// Names of Azure functions are checked in functions/bundle.test.ts, imports between layers in lint-rules.test.ts.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

function filesIn(folder: string, extensions: readonly string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('test/conformance/') && !path.includes('node_modules/'))
    .sort();
}

const sources = ['functions', 'src', 'test'].flatMap((folder) => filesIn(folder, ['.ts', '.tsx', '.mjs']));
const pages = [...filesIn('docs', ['.md']), 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
const functionFiles = filesIn('functions', ['.ts']);
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['.git', '.local', 'node_modules', 'dist'].includes(entry.name))
  .map((entry) => entry.name);

test('every source file begins with a comment that says what it is for', () => {
  // A test file is named after what it tests, and its tests are sentences.
  const bare = sources.filter((path) => !path.endsWith('.test.ts') && !/^(?:#!.*\n)?(?:\/\/ \S|\/\*)/.test(read(path)));

  assert.ok(sources.length > 0);
  assert.deepEqual(bare, []);
});

test('every file in functions/ has fewer than 120 lines: triggers bind, call and answer', () => {
  const long = functionFiles.filter((path) => read(path).split('\n').length >= 120);

  assert.deepEqual(long, []);
});

test('every file in functions/ is part of the bundle', () => {
  const entry = read('functions/main.ts');

  const forgotten = functionFiles.filter((path) => {
    const file = path.replace('functions/', './');
    return !['./main.ts', './register.ts'].includes(file) && !entry.includes(`import '${file}';`);
  });

  assert.deepEqual(forgotten, []);
});

test('only functions/register.ts registers, so that health counts everything', () => {
  const values = /^import (?!type\b).* from '(?:@azure\/functions|durable-functions)'/m;

  const others = [...functionFiles, ...filesIn('src', ['.ts'])].filter(
    (path) => path !== 'functions/register.ts' && values.test(read(path)),
  );

  assert.deepEqual(others, []);
});

test('the linter has rules for every layer', () => {
  const { overrides } = JSON.parse(read('.oxlintrc.json')) as { overrides: { files: string[]; rules: object }[] };
  const layers = ['src/domain/**', 'src/operations/**', 'src/workflows/**', 'src/adapters/**', 'functions/**', 'src/local/**'];

  const guarded = new Set(overrides.filter(({ rules }) => 'no-restricted-imports' in rules).flatMap(({ files }) => files));

  assert.deepEqual(
    layers.filter((layer) => !guarded.has(layer)),
    [],
  );
});

test('every dependency has an exact version', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });

  assert.ok(versions.length > 0);
  assert.deepEqual(
    versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  );
});

test('the map in README names every folder at the top', () => {
  const readme = read('README.md');

  assert.ok(folders.includes('functions'));
  assert.deepEqual(
    folders.filter((folder) => !readme.includes(`\`${folder}/\``)),
    [],
  );
});

test('every link between the pages leads to a file', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map(([, target = '']) => ({ page, target, path: join(page, '..', target) }))
      .filter(({ path }) => !existsSync(join(root, path)))
      .map(({ target }) => `${page} -> ${target}`),
  );

  assert.deepEqual(broken, []);
});

test('the pages leave nothing open and name no place on one machine', () => {
  // The brackets keep this file from containing the very phrases.
  const words = String.raw`\b(?:todo|fixme|xxx|placeholder|not[ ]implemented|for[ ]simplicity|coming[ ]soon)\b`;
  const places = String.raw`(?:^|[\s("'\x60])/(?:home|root|tmp|work|Users)/`;
  const forbidden = new RegExp(`${words}|${places}`, 'gim');

  const found = pages.flatMap((page) => [...read(page).matchAll(forbidden)].map(([word]) => `${page}: ${word.trim()}`));

  assert.deepEqual(found, []);
});

test('decisions are numbered without gaps, short, and say context, decision and consequence', () => {
  const decisions = filesIn('docs/decisions', ['.md']);

  const wrong = decisions.filter((path, index) => {
    const text = read(path);
    const isNumbered = path.startsWith(`docs/decisions/${String(index + 1).padStart(4, '0')}-`);
    const hasParts = ['## Context', '## Decision', '## Consequence'].every((part) => text.includes(part));
    return !isNumbered || !hasParts || text.trimEnd().split('\n').length > 40;
  });

  assert.ok(decisions.length > 0);
  assert.deepEqual(wrong, []);
});

test('the change log has a place for what is not released yet', () => {
  assert.match(read('CHANGELOG.md'), /^## \[Unreleased\]$/m);
});
