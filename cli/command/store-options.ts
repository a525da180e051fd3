import { type Command, Option } from 'commander';
import { positive } from './values';

export function queueOption(): Option {
  return new Option('-q, --queue <name>', 'name of the queue (default: WORK_QUEUE_NAME)').helpGroup('Which queue:');
}

/** Gives a command the options that say which Redis it talks to, and for how long it tries, unless it knows that itself. */
export function withStoreOptions(command: Command, group: string, hasTimeout = true): Command {
  for (const option of [
    new Option('--url <url>', 'redis://host:port or rediss://host:port (default: REDIS_URL)'),
    new Option('--kube <service>', '[namespace/]service[:port]: through kubectl port-forward').conflicts('url'),
    new Option('--kube-context <name>', 'context of kubectl for --kube'),
    new Option('--password-file <file>', 'file that holds the password (default: REDIS_PASSWORD_FILE)'),
    new Option('--cacert <file>', 'PEM file of authorities to trust for Redis (default: REDIS_CA_FILE)'),
    new Option('--cert <file>', 'PEM file of a client certificate (default: REDIS_CERT_FILE)'),
    new Option('--cert-key <file>', 'PEM file of its key (default: REDIS_KEY_FILE)'),
    new Option('--tls-servername <name>', 'whom the certificate must be for (default: the host, or the Service)'),
    ...(hasTimeout
      ? [new Option('--timeout <seconds>', 'how long to try to reach Redis').argParser(positive).default(10)]
      : []),
  ]) {
    command.addOption(option.helpGroup(group));
  }
  return command;
}
