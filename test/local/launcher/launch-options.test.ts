import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { HELP, OptionError, readLaunchOptions } from '../../../src/local/launcher/launch-options.ts';

const TENANT = { mailboxes: undefined, seed: undefined, latency: undefined, speed: undefined };

test('Without words it listens on 7071 and stays, and leaves the tenant as it is', () => {
  const options = readLaunchOptions([]);

  assert.deepEqual(options, { port: 7071, reset: false, watch: false, once: false, verbose: false, help: false, ...TENANT });
});

test('Every option is read', () => {
  const read = [
    readLaunchOptions(['--port', '8080', '--reset', '--watch', '--verbose']),
    readLaunchOptions(['--port=0', '--once']),
    readLaunchOptions(['-h']),
    readLaunchOptions(['--mailboxes', '500', '--seed', 'two', '--latency', '0.5', '--speed=60']),
  ];

  assert.deepEqual(read, [
    { port: 8080, reset: true, watch: true, once: false, verbose: true, help: false, ...TENANT },
    { port: 0, reset: false, watch: false, once: true, verbose: false, help: false, ...TENANT },
    { port: 7071, reset: false, watch: false, once: false, verbose: false, help: true, ...TENANT },
    {
      port: 7071,
      reset: false,
      watch: false,
      once: false,
      verbose: false,
      help: false,
      mailboxes: '500',
      seed: 'two',
      latency: '0.5',
      speed: '60',
    },
  ]);
});

const WRONG: [words: string[], complaint: RegExp][] = [
  [['--prot', '1'], /^Unknown option '--prot'\. npm start -- --help lists the options\.$/],
  [['start'], /^Unexpected argument 'start'\. npm start -- --help lists the options\.$/],
  [['--port'], /^Option '--port <value>' argument missing\. npm start/],
  [['--reset=yes'], /^Option '--reset' does not take an argument\. npm start/],
  [['--port', '70710'], /^--port is '70710'; write a number from 0 to 65535, as in --port 7071\.$/],
  [['--port', 'http'], /^--port is 'http'; write a number/],
  [['--port='], /^--port is ''; write a number/],
  [['--port=-1'], /^--port is '-1'; write a number/],
  [['--mailboxes', 'many'], /^--mailboxes is 'many'; write a whole number from 1 to 100000\.$/],
  [['--latency=-1'], /^--latency is '-1'; write a number from 0 to/],
  [['--speed', '0'], /^--speed is '0'; write a number from/],
  [['--speed'], /^Option '--speed <value>' argument missing\. npm start/],
  [['--watch', '--once'], /^--watch stays and --once leaves: give one of the two\.$/],
];

for (const [words, complaint] of WRONG) {
  test(`'${words.join(' ')}' is refused with the option and the cure`, () => {
    assert.throws(
      () => readLaunchOptions(words),
      (error) => error instanceof OptionError && complaint.test(error.message),
    );
  });
}

test('The help lists every option that is read', () => {
  const options = Object.keys(readLaunchOptions([]));

  assert.deepEqual(
    options.filter((name) => !HELP.includes(`--${name}`)),
    [],
  );
});

test('npm start answers --help with exit code 0 and a wrong option with exit code 2', () => {
  const start = (word: string) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../../../src/local/start.mjs'), word], { encoding: 'utf8' });

  const [help, wrong] = [start('--help'), start('--prot')];

  assert.deepEqual([help.status, help.stdout.trim()], [0, HELP.trim()]);
  assert.deepEqual(
    [wrong.status, wrong.stdout, wrong.stderr],
    [2, '', "Unknown option '--prot'. npm start -- --help lists the options.\n"],
  );
});
