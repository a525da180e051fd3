// A site that fails now and then, and a store that minds fencing tokens: stand-ins for yours.
import { createServer } from 'node:http';

const visits = new Map();
const stored = new Map();
const stats = { now: 0, mostAtOnce: 0, refused: 0 };

/** Pages are /1 to /99; every tenth is missing, every third fails at first, /5 never answers at first. */
function site(path, response) {
  const visit = (visits.get(path) ?? 0) + 1;
  visits.set(path, visit);
  const page = Number(path.slice(1));
  if (!(page >= 1 && page <= 99) || page % 10 === 0) return response.writeHead(404).end();
  if (page === 5 && visit === 1) return;
  if (page % 3 === 0 && visit === 1) return response.writeHead(503).end();
  stats.mostAtOnce = Math.max(stats.mostAtOnce, ++stats.now);
  setTimeout(() => {
    stats.now--;
    response.end(`This is page ${page}.\n`);
  }, 50);
}

/** Takes a page unless it has it under a later token; in SQL: `… ON CONFLICT DO UPDATE … WHERE pages.token <= excluded.token`. */
async function store(path, request, response) {
  if (request.method === 'GET') return response.end(stored.get(path)?.text);
  const token = request.headers['x-fencing-token'];
  let text = '';
  for await (const chunk of request) text += chunk;
  if (token < (stored.get(path)?.token ?? '')) {
    stats.refused++;
    return response.writeHead(412).end();
  }
  stored.set(path, { token, text });
  response.writeHead(204).end();
}

const server = createServer((request, response) => {
  const [, part, path] = /^\/(\w+)(.*)$/.exec(request.url) ?? [];
  if (part === 'site') site(path, response);
  else if (part === 'store') store(path, request, response).catch(() => response.destroy());
  else response.end(JSON.stringify({ ...stats, stored: stored.size }));
});

server.listen(Number(process.env.PORT ?? 8080), () => console.log(`listening on port ${server.address().port}`));
process.on('SIGTERM', () => process.exit());
