// A service that passes what it gets on to the next one. It has no line of tracing.
const { createServer } = require('node:http');
const { text } = require('node:stream/consumers');

const { NEXT_URL, PORT } = process.env;
createServer(async (request, response) => {
  try {
    const { status } = await fetch(NEXT_URL, { method: 'POST', body: await text(request) });
    response.writeHead(status).end();
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(PORT), '127.0.0.1');
