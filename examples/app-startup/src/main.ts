import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRunner } from 'typeorm-alembic';
import { dataSource, migrations } from './data-source.js';
import { Ticket } from './entities/ticket.js';

await dataSource.initialize();
// Every instance may ask for this at the same moment: one runs what is missing, the others wait and find nothing to do.
const { heads } = await createRunner(dataSource, migrations).upgrade();

const tickets = dataSource.getRepository(Ticket);
const server = createServer(async (_request, response) => {
  const open = await tickets.countBy({ status: 'open' });
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ open }));
});

server.listen(Number(process.env.PORT ?? 3000), () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Listening on http://localhost:${port}, with the database at ${heads.join(', ')}`);
});

process.once('SIGTERM', () => server.close(() => void dataSource.destroy()));
