/** What Datadog's tracer took for the parent, by `remote-parent.cjs`. */
export interface RemoteParent {
  /** 32 lower-case hex digits; 16 where only that half is known. */
  readonly traceId: string;
  /** `null` where it started a trace of its own. */
  readonly spanId: string | null;
  readonly priority: number;
  readonly origin: string | null;
}

/** Nothing of dd-trace leaves its process. */
export const QUIET_TRACER = {
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_CRASHTRACKING_ENABLED: 'false',
  DD_TRACE_STARTUP_LOGS: 'false',
  DD_TRACE_DISABLED_PLUGINS: 'fs,dns',
};
