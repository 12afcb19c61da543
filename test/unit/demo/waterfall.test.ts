import { expect, test } from 'vitest';
import { waterfall } from '../../../demo/waterfall.ts';
import { checkout, poll } from './checkout.ts';

const WIDE = { colours: false, columns: 120 };

const plain = (...args: Parameters<typeof checkout>) => waterfall('Fleet', checkout(...args), WIDE);

test('shows each span below its parent, its service, who traced it, and how long it took', () => {
  const lines = plain().split('\n');
  expect(lines[0]).toBe('Fleet: 1 trace');
  expect(lines[2]).toBe('trace 0e23d3610d5dee992df4f85d3a3cf435');
  expect(lines[3]).toMatch(/^ {2}shop {7}POST +OpenTelemetry {2}█+ +100 ms$/);
  expect(lines.slice(3).map((line) => line.slice(13, 53).trimEnd())).toEqual([
    'POST',
    '  orders send',
    '    in queue ""',
    '    orders',
    '      billing',
    '        sendMessage',
    '          in queue ""',
    '          process shipments',
    '            POST',
    '              POST',
    '            SQS.DeleteMessage',
  ]);
});

test('names the queue, and the time from the end of the send to the start of the work', () => {
  const attributes = { 'messaging.destination.name': 'orders' };
  const [sent] = checkout().filter(({ spanId }) => spanId === 'a2');
  const start = sent?.start ?? 0;
  const text = plain({ a2: { attributes, end: start + 2 }, b2: { start: start + 14.5 } });
  expect(text).toMatch(/in queue "orders" .*░+ +13 ms$/m);
});

test('shows a poll in a line of its own, with what it links to', () => {
  const link = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  const text = waterfall('Fleet', [...checkout(), poll({ links: [link] }), poll({ traceId: 'e'.repeat(32) })], WIDE);
  expect(text).toContain('Fleet: 1 trace\n');
  expect(text).toContain(`shipping's poll "shipments receive" is a trace of its own: links to ${link.traceId}`);
  expect(text).toContain('shipping\'s poll "shipments receive" is a trace of its own: received nothing');
});

test('shows what would steer a terminal, and does not obey it', () => {
  const text = plain({ a1: { name: '\u001b[2J\u0007\r\n\u202egnp' } });
  expect(text).toContain('\\u{1b}[2J\\u{7}\\u{d}\\u{a}\\u{202e}gnp');
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('has colours where they are wanted', () => {
  expect(plain()).not.toContain('\u001b');
  expect(waterfall('Fleet', checkout(), { ...WIDE, colours: true })).toContain('\u001b[36m');
});

test.each([40, 80, 100, 200])('fits a terminal of %i columns, or is as narrow as it can be', (columns) => {
  const rows = waterfall('Fleet', checkout(), { colours: false, columns }).split('\n').slice(3);
  for (const row of rows) expect(row.length).toBeLessThanOrEqual(Math.max(columns, 58));
});
