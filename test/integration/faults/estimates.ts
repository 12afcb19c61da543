/** An estimate with the bounds of its 95% interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const Z = 1.96;
const RESAMPLES = 400;
/** Requests that follow each other meet the same load, so that blocks of them are drawn, and not one at a time. */
const BLOCK = 20;

/** The slope of the least-squares line through the points, at least three. */
export function slope(points: readonly (readonly [x: number, y: number])[]): Estimate {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const sumXX = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const value = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / sumXX;
  const residuals = points.reduce((sum, [x, y]) => sum + (y - meanY - value * (x - meanX)) ** 2, 0);
  const margin = studentQuantile(count - 2) * Math.sqrt(residuals / (count - 2) / sumXX);
  return { value, low: value - margin, high: value + margin };
}

/** Of which a 95% interval has 97.5% below; by Student's distribution, in the first terms of its expansion around the normal one (Cornish and Fisher). */
function studentQuantile(degrees: number): number {
  return Z + (Z ** 3 + Z) / (4 * degrees) + (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * degrees ** 2);
}

/** The percentile, with the interval of a block bootstrap. */
export function percentile(samples: readonly number[], share: number): Estimate {
  const blocks: number[][] = [];
  for (let at = 0; at < samples.length; at += BLOCK) blocks.push(samples.slice(at, at + BLOCK));
  const drawn = Array.from({ length: RESAMPLES }, () =>
    quantile(
      blocks.flatMap(() => blocks[Math.floor(Math.random() * blocks.length)] ?? []),
      share,
    ),
  );
  return { value: quantile(samples, share), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
