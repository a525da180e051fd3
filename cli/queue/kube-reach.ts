import { CommandError, exitCodeOf, messageOf } from '../failures';

/** Why one pod is not enough, by what came of asking it. The port is that of this machine which leads there. */
function whyNotEnough(said: string, port: number): string | undefined {
  if (/\bREADONLY\b/.test(said)) return 'The pod that it leads to is a replica';
  if (/unknown command '?EVAL/i.test(said)) {
    return 'What answers there is no Redis that keeps queues: it may be a sentinel';
  }
  const [, other] = /\b(?:connect \w+|ENOTFOUND|EAI_AGAIN) (\S+[^\s.,;])/.exec(said) ?? [];
  if (other === undefined || other === `127.0.0.1:${port}`) return undefined;
  return `The pod that it leads to is a node of a Redis Cluster without this queue, and the node that has it, ${other}, is not reachable from here`;
}

/** The error of a command, with what to do where `--kube` leads to one server of several and that is not enough. */
export function kubeProblem(error: unknown, port: number): unknown {
  const said = messageOf(error);
  const why = whyNotEnough(said, port);
  if (why === undefined) return error;
  return new CommandError(
    `${said}. --kube forwards to one pod of a Service. ${why}. Name a Service that leads to the server with the queue, or run rwq inside the cluster, with --url.`,
    exitCodeOf(error),
  );
}
