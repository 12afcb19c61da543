const { createServer } = require('node:http');

const server = createServer((request, response) => {
  response.writeHead(request.method === 'POST' && request.url === '/pack' ? 200 : 404).end();
});

server.listen(0, '127.0.0.1', () => console.log(`warehouse listens on http://127.0.0.1:${server.address().port}`));
