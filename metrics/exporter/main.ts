/**
 * What the sidecar `metrics` of a store runs: it serves the metrics of the Redis that the environment of a worker leads to.
 * `npm run build` makes one file of it and all that it imports.
 *
 *   node exporter.js [--listen [host:]port] [--tls-servername name]
 */
import { parseArgs } from 'node:util';
import { EXIT } from '../../worker/contract';
import { ConfigurationError, textOf } from '../../worker/errors';
import { consoleLog } from '../../worker/log';
import { readStoreAddress } from '../../worker/settings';
import { DEFAULT_LISTEN, LISTEN_SYNTAX, listenText, MetricsServer, parseListenAddress, StoreReader } from '.';

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { listen: { type: 'string' }, 'tls-servername': { type: 'string' } } });
  const { listen, 'tls-servername': serverName } = values;
  const address = listen === undefined ? DEFAULT_LISTEN : parseListenAddress(listen);
  if (!address) throw new ConfigurationError(`--listen is ${JSON.stringify(listen)}; allowed is ${LISTEN_SYNTAX}`);
  const store = { ...readStoreAddress(process.env), ...(serverName && { serverName }) };
  const reader = new StoreReader({ store, log: consoleLog });
  const server = await MetricsServer.start(reader, address);
  console.log(`serving metrics on http://${listenText(server.address)}/metrics`);
  const end = () => process.exit(0);
  process.on('SIGTERM', end).on('SIGINT', end);
}

run().catch((error) => {
  console.error(textOf(error));
  process.exit(error instanceof ConfigurationError ? EXIT.configuration : EXIT.unexpected);
});
