// An application that tells how it has started: at its first line, and after the first request that it has answered to itself.
const started = stateNow();
const http = require('node:http');

const server = http
  .createServer((_request, response) => response.end('ok'))
  .listen(0, '127.0.0.1', () => {
    http.get({ host: '127.0.0.1', port: server.address().port, agent: false }, (response) => {
      response.resume().on('end', () => {
        process.stdout.write(JSON.stringify({ started, answered: stateNow() }), () => process.exit());
      });
    });
  });

function stateNow() {
  const { user, system } = process.cpuUsage();
  return { millis: performance.now(), cpuMillis: (user + system) / 1000, rss: process.memoryUsage.rss() };
}
