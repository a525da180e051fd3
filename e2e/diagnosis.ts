import type { ContainerStatus, Kubectl } from './kubectl';

const EVENTS = 10;
const LINES = 15;

/** What somebody would look at first where a scenario failed. Says less where the cluster does not answer. */
export async function diagnosisOf(kubectl: Kubectl, namespace: string): Promise<string[]> {
  const lines: string[] = [];
  const look = async (at: () => Promise<string[]>) => {
    try {
      lines.push(...(await at()));
    } catch (error) {
      lines.push(`  ${(error as Error).message}`);
    }
  };
  await look(async () =>
    (await kubectl.jobs(namespace)).map(
      ({ metadata, status }) =>
        `  Job ${metadata.name}: ${status?.conditions?.map(({ type, reason, message }) => [type, reason, message].filter(Boolean).join(', ')).join('; ') || 'runs'}`,
    ),
  );
  await look(async () => {
    const pods = await kubectl.pods(namespace);
    const logs: string[] = [];
    for (const { metadata, status } of pods) {
      const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
      const states = containers.map((each) => `${each.name} ${stateOf(each)}`).join(', ');
      lines.push(`  Pod ${metadata.name}: ${status?.phase ?? 'unknown'}${states && ` (${states})`}`);
      for (const { name, state } of containers.filter(({ state }) => state?.running || state?.terminated)) {
        if (name === 'redis' || state?.terminated?.exitCode === 0) continue;
        const text = await kubectl
          .lastLines(namespace, metadata.name, name, LINES)
          .catch((error: Error) => error.message);
        logs.push(
          `  Log of ${metadata.name}, ${name}:`,
          ...text
            .trimEnd()
            .split('\n')
            .map((line) => `    ${line}`),
        );
      }
    }
    return logs;
  });
  await look(async () =>
    (await kubectl.events(namespace))
      .filter(({ type }) => type === 'Warning')
      .slice(-EVENTS)
      .map(
        ({ reason, message, involvedObject }) =>
          `  Warning ${reason} of ${involvedObject?.kind} ${involvedObject?.name}: ${message}`,
      ),
  );
  return lines;
}

function stateOf({ state }: ContainerStatus): string {
  if (state?.running) return 'running';
  if (state?.terminated) return `ended with ${state.terminated.exitCode}`;
  return `waiting${state?.waiting?.reason ? `: ${state.waiting.reason}` : ''}`;
}
