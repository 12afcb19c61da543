/** Of one figure over the rounds. */
export interface Spread {
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { p10: at(0.1), median: at(0.5), p90: at(0.9) };
}

export function median(values: readonly number[]): number {
  return spreadOf(values).median;
}
