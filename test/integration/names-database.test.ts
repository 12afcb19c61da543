// The names that Datadog shows of queries of `pg` under the preload with contrib's instrumentation, and under dd-trace.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtAgent, missingToolchain } from '../peers/datadog-agent/datadog-agent.ts';
import { type Postgres, startPostgres } from '../peers/postgres/postgres.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { NAMINGS, ourSide, type Rows, rowsOf, type Side, theirSide } from './names/rows.ts';

describeWithToolchain('the names of queries', missingToolchain(), () => {
  let postgres: Postgres;

  beforeAll(async () => {
    await builtAgent();
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.close());

  function rowsOfQueries({ preload, env }: Side, more: Record<string, string> = {}): Promise<Rows> {
    return rowsOf({ preload, file: 'queries.cjs', argv: [String(postgres.port)], env: { ...env, ...more } });
  }

  test.each(NAMINGS)('are those of dd-trace by %s, in either convention', async (naming) => {
    const theirs = await rowsOfQueries(theirSide(naming));
    expect(theirs.size).toBe(4);
    expect(JSON.stringify([...theirs])).not.toContain('secret');
    expect(await rowsOfQueries(ourSide(naming))).toEqual(theirs);
    expect(await rowsOfQueries(ourSide(naming), { OTEL_SEMCONV_STABILITY_OPT_IN: 'database' })).toEqual(theirs);
  });
});
