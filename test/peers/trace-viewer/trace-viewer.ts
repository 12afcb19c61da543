import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedModules } from '../npm-project.ts';

/** What `autotel-devtools/server` has of this; its types are where it is installed. */
interface Devtools {
  DevtoolsServer: new (options: { server: Server; host: string }) => { close(): Promise<void> };
  attachDevtoolsRoutes(server: Server, devtools: object, options: { loopbackOnly: boolean }): void;
}

export interface TraceViewer {
  /** The page on which one trace is a waterfall. */
  pageOf(traceId: string): string;
  /** Resolves when the viewer has these spans, a request of OTLP's in JSON. */
  take(request: object): Promise<void>;
  close(): Promise<void>;
}

// The viewer's own page, but for the column of the names: as it is, nothing can be read of a span that is ten calls deep.
const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>The mixed fleet</title>
<script src="/widget.js?mode=fullpage"></script>
<div id="autotel-devtools-root" data-theme="light"></div>
<script>
  const wide = new CSSStyleSheet();
  wide.replaceSync('[id^="waterfall-row-"] > :first-child, .w-\\\\[200px\\\\] { width: 34rem }');
  const widen = () => {
    const root = [...document.querySelectorAll('*')].find((element) => element.shadowRoot)?.shadowRoot;
    if (root) root.adoptedStyleSheets.push(wide);
    else setTimeout(widen, 20);
  };
  widen();
</script>
`;

/** A web page of traces on loopback, with none in it: autotel-devtools, by the lockfile. */
export async function startTraceViewer(): Promise<TraceViewer> {
  const module = join(await installedModules('trace-viewer'), 'autotel-devtools/dist/server/index.js');
  const { DevtoolsServer, attachDevtoolsRoutes } = (await import(pathToFileURL(module).href)) as Devtools;
  const server = createServer();
  const devtools = new DevtoolsServer({ server, host: '127.0.0.1' });
  attachDevtoolsRoutes(server, devtools, { loopbackOnly: true });
  const theirs = server.listeners('request');
  server.removeAllListeners('request').on('request', (request, response) => {
    if (request.url === '/') response.setHeader('content-type', 'text/html').end(PAGE);
    else for (const listener of theirs) listener.call(server, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    pageOf: (traceId) => `${origin}/#trace=${traceId}`,
    async take(request) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${origin}/v1/traces`, { method: 'POST', headers, body: JSON.stringify(request) });
      if (!response.ok) throw new Error(`the viewer answers ${response.status}: ${await response.text()}`);
    },
    async close() {
      await devtools.close();
      server.closeAllConnections();
      if (server.listening) await once(server.close(), 'close');
    },
  };
}
