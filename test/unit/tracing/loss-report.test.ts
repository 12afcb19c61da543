import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LossReport } from '../../../src/tracing/loss-report.ts';

let warnings: string[];
let report: LossReport;

beforeEach(() => {
  vi.useFakeTimers();
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  report = new LossReport('http://agent');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('an outage is one warning at its begin and one, with the total, at its end', () => {
  report.lost(2, 'refused');
  report.lost(3, 'refused');
  report.delivered();
  report.delivered();
  expect(warnings).toEqual([
    'refused; 2 lost so far. The application is not affected.',
    'spans reach http://agent again; 5 were lost in between',
  ]);
});

test('outages that come one after the other are told of once a minute, and none of their spans is forgotten', () => {
  for (let outage = 0; outage < 100; outage++) {
    report.lost(1, 'full');
    report.delivered();
  }
  expect(warnings).toHaveLength(2);
  vi.advanceTimersByTime(60_000);
  report.lost(1, 'full');
  expect(warnings[2]).toBe('full; 100 lost so far. The application is not affected.');
});

test('what an outage has cost since it was told of is told of at the end, once', () => {
  report.lost(2, 'refused');
  report.lost(3, 'refused');
  report.end();
  report.end();
  report.lost(1, 'refused');
  report.delivered();
  expect(warnings.slice(1)).toEqual([
    '3 more spans did not reach http://agent',
    'spans reach http://agent again; 6 were lost in between',
  ]);
});

test('what was not told of yet is told of at the end', () => {
  report.end();
  report.lost(1, 'full');
  report.delivered();
  report.lost(7, 'full');
  report.end();
  report.end();
  expect(warnings.slice(2)).toEqual(['7 more spans did not reach http://agent']);
});
