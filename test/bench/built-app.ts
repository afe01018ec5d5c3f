// Builds what the bench runs into a folder of its own: the bundle that is deployed, and a bare app that imports the same of the same packages
// and does nothing with it.
import { build, type Metafile } from 'esbuild';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleOptions } from '../../src/local/launcher/bundle.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = 'functions.cjs';

export interface BuiltApp {
  readonly directory: string;
  readonly bytes: number;
  readonly metafile: Metafile;
}

function describeApp(directory: string): void {
  mkdirSync(directory, { recursive: true });
  copyFileSync(join(ROOT, 'host.json'), join(directory, 'host.json'));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ main: MAIN }));
}

/** The bundle, with the options of `npm run build`. */
export async function buildApp(directory: string): Promise<BuiltApp> {
  describeApp(directory);
  const outfile = join(directory, MAIN);
  const { metafile } = await build({ ...bundleOptions(ROOT), outfile, metafile: true });
  return { directory, bytes: statSync(outfile).size, metafile };
}

/** What a source takes of a package; no names: loaded when first needed. */
interface PackageImport {
  readonly specifier: string;
  readonly names: readonly string[] | undefined;
}

const STATIC = /^import (?!type )([^'";]+?) from '([^'.][^']*)';/gm;
const DYNAMIC = /\bimport\('([^'.][^']*)'\)/g;

/** The names in an import clause, `default` for the default; types disappear from the bundle, so that they do here. */
function namesIn(clause: string, source: string): string[] {
  const [, namespace] = /^\* as (\w+)$/.exec(clause) ?? [];
  if (namespace !== undefined) {
    const uses = source.matchAll(new RegExp(`(?<![\\w.])${namespace}\\.(\\w+)\\(`, 'g'));
    return [...uses].map(([, name = '']) => name);
  }
  const [, listed = ''] = /\{([^}]*)\}/.exec(clause) ?? [];
  const named = listed.split(',').map((part) => part.trim().split(' as ')[0] ?? '');
  const values = named.filter((name) => name !== '' && !name.startsWith('type '));
  return clause.startsWith('{') ? values : ['default', ...values];
}

function importsIn(source: string): PackageImport[] {
  const kept = [...source.matchAll(STATIC)].map(([, clause = '', specifier = '']) => ({ specifier, names: namesIn(clause, source) }));
  const lazy = [...source.matchAll(DYNAMIC)].map(([, specifier = '']) => ({ specifier, names: undefined }));
  return [...kept, ...lazy].filter(({ specifier }) => !specifier.startsWith('node:'));
}

/** The source of an app that loads what the bundle loads of other people's packages, and registers one function. */
function bareSource(sources: readonly string[]): string {
  const imports = sources.flatMap(importsIn);
  const lazy = new Set(imports.filter(({ names }) => names === undefined).map(({ specifier }) => specifier));
  const packages = [...Map.groupBy(imports, ({ specifier }) => specifier)].map(([specifier, same], index) => {
    const names = [...new Set(same.flatMap(({ names: own = [] }) => own))];
    return { specifier, names: names.map((name) => ({ name, local: `kept${index}_${name}` })) };
  });
  const loaded = packages.filter(({ names }) => names.length > 0);
  const clauseOf = (names: (typeof packages)[number]['names']): string => names.map(({ name, local }) => `${name} as ${local}`).join(', ');
  return [
    ...loaded.map(({ specifier, names }) => `import { ${clauseOf(names)} } from '${specifier}';`),
    "import functions from '@azure/functions';",
    `globalThis.kept = [${loaded.flatMap(({ names }) => names.map(({ local }) => local)).join(', ')}];`,
    ...[...lazy].map((specifier, index) => `globalThis.lazy${index} = () => import('${specifier}');`),
    "functions.app.http('bare', { methods: ['GET'], authLevel: 'anonymous', handler: async () => ({ status: 200 }) });",
  ].join('\n');
}

/** The bare app: other people's code of the bundle, none of ours. */
export async function buildBareApp(directory: string, { metafile }: BuiltApp): Promise<BuiltApp> {
  describeApp(directory);
  const own = Object.keys(metafile.inputs).filter((path) => /^(?:src|functions)\/.*\.ts$/.test(path));
  const contents = bareSource(own.map((path) => readFileSync(join(ROOT, path), 'utf8')));
  const { entryPoints: _, ...options } = bundleOptions(ROOT);
  const outfile = join(directory, MAIN);
  const built = await build({ ...options, stdin: { contents, resolveDir: ROOT, sourcefile: 'bare.mjs' }, outfile, metafile: true });
  return { directory, bytes: statSync(outfile).size, metafile: built.metafile };
}
