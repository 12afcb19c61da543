declare module '@elastic/mockotlpserver' {
  export class MockOtlpServer {
    constructor(options: {
      logLevel?: string;
      services?: ('http' | 'grpc' | 'ui')[];
      httpHostname?: string;
      httpPort?: number;
      onTrace?: (request: object) => void;
    });
    readonly httpUrl: URL;
    start(): Promise<void>;
    close(): Promise<void>;
  }
  /** Attributes as an object, ids as hex, enumerations by name: the same for OTLP's JSON and protobuf. */
  export function normalizeTrace(request: object): {
    resourceSpans: { resource: { attributes: Record<string, unknown> }; scopeSpans: { spans: OtlpSpan[] }[] }[];
  };
  export interface OtlpSpan {
    traceId: string;
    spanId: string;
    parentSpanId?: string;
    name: string;
    /** Absent where the sender leaves it out, as dd-trace-go does. */
    kind?: string;
    startTimeUnixNano: string;
    endTimeUnixNano: string;
    traceState?: string;
    attributes?: Record<string, unknown>;
    links?: { traceId: string; spanId: string }[];
  }
}
