// Status messages: their numbers, their texts, and the page that describes them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { classicLine, matchesStatus, statusMessage, statusMessages } from '../../src/domain/status-message.ts';
import type { StatusFact, StatusFilter } from '../../src/domain/status-message.ts';
import { statusMessagesPage } from '../../src/domain/status-page.ts';
import { organization, START } from '../support/discovery-scene.ts';

const occasion = { organization, at: START, id: 'id', related: { kind: 'run', id: 'r' } } as const;

test('docs/status-messages.md describes the messages as they are', () => {
  const path = new URL('../../docs/status-messages.md', import.meta.url);
  const page = statusMessagesPage();
  // `WRITE_PAGES=1 node --test test/domain/status-message.test.ts` writes the page anew.
  if (process.env['WRITE_PAGES'] === '1') writeFileSync(path, page);

  assert.equal(readFileSync(path, 'utf8'), page);
});

test('every message has a number of its own: the classic one, or one of ours', () => {
  const numbers = Object.values(statusMessages).map(({ number }) => number);

  assert.equal(new Set(numbers).size, numbers.length);
  assert.deepEqual(
    numbers.filter((number) => number < 61_001 || number > 61_999),
    [1015],
  );
});

test('the classic lines are those of the classic logs, letter by letter', () => {
  const lines: [StatusFact, string, string][] = [
    [{ name: 'installed', inserts: { attempts: 1 } }, 'STATMSG: ID=1015', 'SiteComp'],
    [
      { name: 'flaggedForInstallation', inserts: { generation: 1 } },
      'Component SMS_EXCHANGE_CONNECTOR flagged for installation',
      'SiteComp',
    ],
    [{ name: 'cmdletFailed', inserts: { cmdlet: 'Get-MobileDevice' } }, 'Invoking cmdlet Get-MobileDevice failed', 'EasDisc'],
    [{ name: 'sessionFailed', inserts: { organization: 'contoso', cause: 'x' } }, 'Failed to open runspace for site contoso', 'EasDisc'],
  ];

  for (const [fact, line, log] of lines) {
    assert.equal(classicLine(fact), line);
    assert.equal(statusMessage(fact, occasion).log, log);
  }
  assert.equal(classicLine({ name: 'connectionRestored', inserts: {} }), undefined);
});

test('inserts fill the text; long ones are cut, and what looks like a placeholder in one is left alone', () => {
  const fact: StatusFact = { name: 'runFailed', inserts: { kind: 'full', code: '{message}', message: 'm'.repeat(5000) } };

  const { text, number, severity, related } = statusMessage(fact, occasion);

  assert.match(text, /^The full run failed \(\{message\}\)\. m{499}…$/);
  assert.deepEqual([number, severity, related], [61_103, 'error', { kind: 'run', id: 'r' }]);
});

test('a filter lets through what fits every part of it; from is included, to is not', () => {
  const message = statusMessage({ name: 'connectionRestored', inserts: {} }, occasion);
  const fits: StatusFilter[] = [
    {},
    { severity: 'information' },
    { component: 'SMS_EXCHANGE_CONNECTOR', number: 61_006 },
    { from: START },
    { to: '2026-11-24T08:00:00.001Z' },
  ];
  const fitsNot: StatusFilter[] = [
    { severity: 'error' },
    { component: 'AUDIT' },
    { number: 1015 },
    { from: '2026-11-24T08:00:00.001Z' },
    { to: START },
    { severity: 'information', number: 1015 },
  ];

  assert.ok(fits.every((filter) => matchesStatus(message, filter)));
  assert.ok(fitsNot.every((filter) => !matchesStatus(message, filter)));
});
