import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultBoard, type ArmedFault } from '../../../src/local/tenant/fault-board.ts';
import type { FaultContext } from '../../../src/local/tenant/fault-types.ts';

const CONTEXT: Omit<FaultContext, 'argument'> = {
  route: 'invoke',
  tenantId: 't1',
  cmdlet: 'Get-MobileDevice',
  isWrite: false,
  subject: 'alice',
  origin: 'https://localhost',
  target: '/adminapi',
  regionalHost: 'localhost',
  wireMs: 0,
};

const strikes = (board: FaultBoard, context: Partial<FaultContext> = {}): boolean =>
  board.take('gate', { ...CONTEXT, ...context }) !== undefined;

test('a fault strikes as often as it was armed for, after those it lets pass', () => {
  const board = new FaultBoard();
  board.arm({ name: 'busy-503-then-ok', count: 2, skip: 1 });

  assert.deepEqual(
    [1, 2, 3, 4].map(() => strikes(board)),
    [false, true, true, false],
  );
  assert.deepEqual(board.list(), []);
});

test('a fault that is always on goes on until it is disarmed', () => {
  const board = new FaultBoard();
  board.arm({ name: 'throttle-429-always' });
  const many = Array.from({ length: 50 }, () => strikes(board));
  board.disarm('throttle-429-always');

  assert.ok(many.every(Boolean));
  assert.equal(strikes(board), false);
});

test('a fault strikes only whom it is meant for', () => {
  const board = new FaultBoard();
  board.arm({ name: 'busy-504', count: 'always', cmdlet: 'get-casmailbox', tenantId: 'T2', route: 'batch', subject: 'BOB' });
  const meant = { cmdlet: 'Get-CASMailbox', tenantId: 't2', route: 'batch', subject: 'bob' } as const;

  assert.equal(strikes(board, meant), true);
  for (const [name, value] of [
    ['cmdlet', 'Get-Mailbox'],
    ['tenantId', 't1'],
    ['route', 'invoke'],
    ['subject', 'alice'],
  ] as const) {
    assert.equal(strikes(board, { ...meant, [name]: value }), false, name);
  }
});

test('faults of several stages wait for their stage, those of one stage come one after the other', () => {
  const board = new FaultBoard();
  board.arm({ name: 'busy-503-then-ok' });
  board.arm({ name: 'throttle-429-no-header' });
  board.arm({ name: 'list-page2-expired' });

  const statuses = [board.take('gate', CONTEXT), board.take('gate', CONTEXT), board.take('gate', CONTEXT), board.take('page', CONTEXT)].map(
    (effect) => (effect?.kind === 'answer' ? effect.answer.status : undefined),
  );

  assert.deepEqual(statuses, [503, 429, undefined, 400]);
});

test('faults of writes do not use themselves up on reads', () => {
  const board = new FaultBoard();
  board.arm({ name: 'casmailbox-204' });

  assert.equal(board.take('answer', CONTEXT), undefined);
  assert.notEqual(board.take('answer', { ...CONTEXT, isWrite: true }), undefined);
});

test('what is armed is told to whoever keeps it, and can be armed again from that', () => {
  let kept: readonly ArmedFault[] = [];
  const board = new FaultBoard([], (armed) => void (kept = armed));
  board.arm({ name: 'busy-503-then-ok', count: 3 });
  strikes(board);

  const again = new FaultBoard(kept);

  assert.deepEqual(
    [1, 2, 3].map(() => strikes(again)),
    [true, true, false],
  );
});

test('a fault that does not exist is refused with the list of those that do', () => {
  const board = new FaultBoard();

  assert.throws(() => board.arm({ name: 'redirect-303' }), /There is no fault "redirect-303".*redirect-302/);
  assert.throws(() => board.arm({ name: 'redirect-302', count: 0 }), RangeError);
  assert.throws(() => board.arm({ name: 'toString' }), RangeError);
});
