import type { Duration } from 'cdk8s';
import { inMilliseconds, type PodContainer, type VolumeMount } from '../kubernetes';
import { type At, agentResources, flag, image, milliseconds, refuseTakenPath, type Table, whole } from '../props';
import { AGENT_CONTAINER, SOCKET_DIRECTORY } from './agent-pod';
import type { AgentProps } from './agent-props';

const NO_AGENT = { agent: 'It is for the work agent, and there is none: agent: true.' };

/** What the agent is asked for beside its own props. */
export interface BesideAgent extends AgentProps {
  readonly entry?: string;
  readonly run?: string[];
  readonly itemTimeout?: Duration;
  readonly volumeMounts?: VolumeMount[];
  readonly initContainers?: PodContainer[];
  readonly sidecars?: PodContainer[];
}

/** The props of the work agent. */
export const AGENT: Table<AgentProps, BesideAgent> = {
  agent: {
    is: flag,
    notWith: {
      entry: 'An `entry` runs on the runtime itself, and asks no agent for items. Remove it, or give an `image`.',
      run: '`run` starts a process for each item, which asks nobody for items. Use one of them.',
    },
  },
  agentImage: { is: image, onlyWith: NO_AGENT },
  agentPort: { is: whole(1024, 65_535), onlyWith: NO_AGENT },
  agentPatience: { is: milliseconds(1), onlyWith: NO_AGENT },
  shareProcesses: { is: flag },
  agentResources: { is: agentResources, onlyWith: NO_AGENT, shown: () => 'given' },
};

/** Refuses what does not go together with an agent, or without one. */
export function checkAgent(props: BesideAgent, at: At) {
  const { agent, shareProcesses, itemTimeout } = props;
  if (!agent) {
    if (shareProcesses !== undefined) throw at.prop('shareProcesses').refusal(shareProcesses, NO_AGENT.agent);
    return;
  }
  if (shareProcesses === false && !(itemTimeout && inMilliseconds(itemTimeout) > 0)) {
    throw at
      .prop('shareProcesses')
      .refusal(
        shareProcesses,
        'Then only its silence tells that a program is gone that holds an item. Say how long an attempt may take: ' +
          'itemTimeout: Duration.minutes(10). Or leave it out.',
      );
  }
  const taken = new Map([[SOCKET_DIRECTORY, 'the socket of the agent']]);
  props.volumeMounts?.forEach(({ mountPath }, index) => {
    refuseTakenPath(mountPath, taken, at.prop('volumeMounts').element(index));
  });
  for (const list of ['initContainers', 'sidecars'] as const) {
    props[list]?.forEach(({ name }, index) => {
      if (name !== AGENT_CONTAINER) return;
      throw at
        .prop(list)
        .element(index)
        .prop('name')
        .refusal(name, 'The construct uses it, with `agent: true`; use another name.');
    });
  }
}

const AGENT_TRUE = 'It is `agent: true`, beside the `image` of the program.';

/** Names that people give to it from habit. */
export const AGENT_FOREIGN = {
  workAgent: AGENT_TRUE,
  sidecarAgent: AGENT_TRUE,
  shareProcessNamespace:
    'With `agent: true` it is on, unless `shareProcesses` is false. It takes a JSON patch elsewhere: ApiObject.of(construct).addJsonPatch(…).',
  patience: 'It is `agentPatience`: Duration.minutes(10).',
};
