// Builds the very bundle that is deployed, once or at every change. Options are those of the script "build" in package.json (a test holds them together).
import { join } from 'node:path';
import { build, context, type BuildOptions } from 'esbuild';

/** How the bundle is built, for a project in `root`. */
export function bundleOptions(root: string): BuildOptions {
  return {
    absWorkingDir: root,
    entryPoints: [join('functions', 'main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    sourcemap: true,
    keepNames: true,
    minifyWhitespace: true,
    external: ['@azure/functions-core'],
    outfile: join('dist', 'functions.cjs'),
    logLevel: 'warning',
  };
}

/** Builds the bundle; esbuild prints what is wrong with the sources, and the error sums it up. */
export async function buildBundle(root: string): Promise<void> {
  await build(bundleOptions(root));
}

export interface BundleWatch {
  stop(): Promise<void>;
}

/** Builds the bundle now and whenever a source changes; `onRebuilt` hears of every later build that succeeded. */
export async function watchBundle(root: string, onRebuilt: () => void): Promise<BundleWatch> {
  const first = Promise.withResolvers<void>();
  let isFirst = true;
  const builder = await context({
    ...bundleOptions(root),
    plugins: [
      {
        name: 'tell-about-rebuilds',
        setup(plugin) {
          plugin.onEnd(({ errors }) => {
            if (isFirst) {
              isFirst = false;
              if (errors.length === 0) first.resolve();
              else
                first.reject(
                  new Error(`The build failed with ${errors.length} error${errors.length === 1 ? '' : 's'}: ${errors[0]?.text}`),
                );
            } else if (errors.length === 0) {
              onRebuilt();
            }
          });
        },
      },
    ],
  });
  try {
    await builder.watch();
    await first.promise;
  } catch (error) {
    await builder.dispose();
    throw error;
  }
  return { stop: () => builder.dispose() };
}
