import type { SpanContext } from '@opentelemetry/api';
import type { Fields } from './fields';
import { hexToId } from './ids';
import type { InjectSettings } from './propagation-settings';
import { compile, type Fillings, fill, OPEN, type Position, positionOf, type Template } from './template';

/** How a carrier writes all the fields as one text. One function for all calls: what it gives is kept by it. */
export type FieldsFormat = (fields: Fields) => string;

export interface FormattedTemplate {
  readonly format: FieldsFormat;
  readonly template: Template;
  /** Where each field's value stands in it too. */
  readonly positions: readonly (Position | undefined)[];
}

/**
 * The fields of a trace state with ids and baggage left open: all that an inject has to format. It is kept on the state, so that the
 * next inject only fills in.
 */
export class FieldTemplates {
  /** What they were made for beside the state. */
  readonly settings: InjectSettings;
  readonly variant: number;
  readonly names: readonly string[];
  /** The trace whose ids are filled in; `undefined` where they are open too. */
  readonly traceId: string | undefined;
  readonly #open: Fields;
  readonly #withLowerHalf: boolean;
  readonly #templates: (Template | undefined)[] = [];
  #formatted: FormattedTemplate | undefined;

  constructor(settings: InjectSettings, variant: number, open: Fields, traceId?: string) {
    this.settings = settings;
    this.variant = variant;
    this.names = Object.keys(open);
    this.traceId = traceId;
    this.#open = open;
    this.#withLowerHalf = Object.values(open).some((value) => value.includes(OPEN.lowerHalf));
  }

  areFor(settings: InjectSettings, variant: number): boolean {
    return this.variant === variant && this.settings === settings;
  }

  field(index: number): Template {
    let template = this.#templates[index];
    if (template === undefined) {
      template = compile(this.#open[this.names[index] as string] as string);
      this.#templates[index] = template;
    }
    return template;
  }

  formatted(format: FieldsFormat): FormattedTemplate {
    if (this.#formatted?.format !== format) {
      const text = format(this.#open);
      const positions = this.names.map((name) => positionOf(this.#open[name] as string, text));
      this.#formatted = { format, template: compile(text), positions };
    }
    return this.#formatted;
  }

  /** Those of one trace: fewer pieces to put together for each of its further messages. */
  withTrace(traceId: string): FieldTemplates {
    const fillings = this.#fillingsOf(traceId, undefined, OPEN.spanId, OPEN.datadogSpanId, OPEN.baggage);
    const open: Fields = {};
    for (const [index, name] of this.names.entries()) open[name] = fill(this.field(index), fillings);
    return new FieldTemplates(this.settings, this.variant, open, traceId);
  }

  /** `datadogTraceId` is the lower half of the trace id in decimal, if it is known. */
  fillings(
    { traceId, spanId }: SpanContext,
    datadogTraceId: string | undefined,
    datadogSpanId: string,
    baggage: string,
  ): Fillings {
    if (this.traceId !== undefined) return ['', '', '', '', spanId, datadogSpanId, baggage];
    return this.#fillingsOf(traceId, datadogTraceId, spanId, datadogSpanId, baggage);
  }

  #fillingsOf(
    traceId: string,
    datadogTraceId: string | undefined,
    spanId: string,
    datadogSpanId: string,
    baggage: string,
  ): Fillings {
    // Only a few ask for that half. Where it is zero, nobody asks for it in decimal.
    const lowerHalf = this.#withLowerHalf ? traceId.slice(16) : '';
    const decimal = datadogTraceId ?? hexToId(traceId) ?? '';
    return [traceId, traceId.slice(0, 16), lowerHalf, decimal, spanId, datadogSpanId, baggage];
  }
}
