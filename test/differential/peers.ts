import { missingToolchain as missingForGo, startDdTraceGo } from '../peers/dd-trace-go/dd-trace-go.ts';
import { startDdTraceJs } from '../peers/dd-trace-js/dd-trace-js.ts';
import { missingToolchain as missingForPython, startDdtrace } from '../peers/ddtrace/ddtrace.ts';
import type { Configuration, Peer, PeerName } from './peer.ts';

interface PeerStart {
  /** One sentence that names what the peer needs and this machine lacks. */
  missingToolchain(): string | undefined;
  start(configuration: Configuration): Promise<Peer>;
}

/** Datadog's tracers, each as a process of its own. The first start installs what it needs. */
export const PEERS: Readonly<Record<PeerName, PeerStart>> = {
  'dd-trace-js': { missingToolchain: () => undefined, start: startDdTraceJs },
  ddtrace: { missingToolchain: missingForPython, start: startDdtrace },
  'dd-trace-go': { missingToolchain: missingForGo, start: startDdTraceGo },
};
