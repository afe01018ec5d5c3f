import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgressLine, progressText } from '../../../src/local/launcher/progress-line.ts';

test('A bar shows the share that is done, never more than all of it, within the width', () => {
  assert.match(progressText({ label: 'Discovery', share: 0.5, facts: '600 devices' }), /Discovery +\[#{12}-{12}\] +50 % +600 devices/);
  assert.match(progressText({ label: 'Discovery', share: 7, facts: '' }), /\[#{24}\] 100 %/);
  assert.match(progressText({ label: 'Discovery', facts: 'waiting' }), /\[-{24}\] {8}waiting/);
  assert.equal(progressText({ label: 'Discovery', share: 1, facts: 'x'.repeat(200) }, 80).length, 80);
});

test('A terminal sees one line that is redrawn, and keeps the last', () => {
  let written = '';
  const line = createProgressLine({ isTerminal: true, write: (text) => void (written += text), now: () => 0 });

  line.show({ label: 'Discovery', share: 0, facts: 'a' });
  line.show({ label: 'Discovery', share: 0, facts: 'a' });
  line.show({ label: 'Discovery', share: 1, facts: 'b' });
  line.end();

  assert.equal(written.split('\u001B[2K\r').length, 3);
  assert.match(written, /100 % +b\n$/);
});

test('A file gets a line now and then, and always the last', () => {
  let written = '';
  let nowMs = 0;
  const line = createProgressLine({ isTerminal: false, write: (text) => void (written += text), now: () => nowMs });

  for (const percent of [0, 10, 20, 30]) {
    line.show({ label: 'Discovery', share: percent / 100, facts: `${percent}` });
    nowMs += 3_000;
  }
  line.end();

  assert.deepEqual(
    written
      .trim()
      .split('\n')
      .map((text) => /(\d+) %/.exec(text)?.[1]),
    ['0', '20', '30'],
  );
});
