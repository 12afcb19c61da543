import { join } from 'node:path';
import type { SamplingRule } from '../../../src/index.ts';
import { AskedProcess } from '../asked-process.ts';
import { QUIET_TRACER } from './remote-parent.ts';

export interface SpanToSample {
  /** An undecided trace that it belongs to. */
  readonly headers: Readonly<Record<string, string>>;
  readonly name: string;
  /** Where it is not the process's. */
  readonly service: string | undefined;
  readonly tags: Readonly<Record<string, string | number | boolean>>;
}

export interface RuleDecision {
  readonly priority: string;
  /** `x-datadog-tags` */
  readonly tags: string | undefined;
}

/** dd-trace's real tracer, whose sampler is given one set of rules after the other. */
export class RuledTracer {
  readonly #process: AskedProcess;

  private constructor(process: AskedProcess) {
    this.#process = process;
  }

  static async start(service: string): Promise<RuledTracer> {
    const env = { ...QUIET_TRACER, DD_SERVICE: service };
    return new RuledTracer(await AskedProcess.start(join(import.meta.dirname, 'rules.cjs'), { env }));
  }

  async decide(rules: readonly SamplingRule[], spans: readonly SpanToSample[]): Promise<readonly RuleDecision[]> {
    return (await this.#process.ask<{ decisions: RuleDecision[] }>({ rules, spans })).decisions;
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}
