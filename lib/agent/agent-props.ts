import type { Duration } from 'cdk8s';
import type { ContainerResources } from '../kubernetes';

/** Props of the work agent, by which a program in any language works on a queue. */
export interface AgentProps {
  /**
   * Whether the work agent stands between the program in `image` and the queue: a container with the runtime of this package,
   * which the program asks for items over HTTP, at `WORK_QUEUE_AGENT`. It holds leases, retries and limits, and its exit
   * code is that of the pod: 0 only when the queue is drained. How the program itself ends decides nothing. The program
   * gets no `REDIS_…`.
   *
   * The program runs as a native sidecar (Kubernetes 1.29 or later) and starts first, so it tries again where its first
   * call is refused. One that ends, or that stops asking, is started anew, in its place or in another pod, and what it held
   * counts as crashed. A pod that is deleted ends its agent first: the program finishes what it holds within
   * `terminationGracePeriod`, and gets its SIGTERM when the agent has ended.
   *
   * Refused beside `entry` and `run`.
   *
   * @default false
   * @example agent: true
   */
  readonly agent?: boolean;

  /**
   * The image that the agent runs on, with Node.js 20 or later.
   *
   * @default 'node:24-alpine'
   * @example agentImage: 'registry.example/node:24'
   */
  readonly agentImage?: string;

  /**
   * The port on which the agent listens, on the loopback interface of the pod alone, 1024 to 65535.
   *
   * @default 7440
   * @example agentPort: 7441
   */
  readonly agentPort?: number;

  /**
   * How long the program may hold no item and ask for none, from the start on. Then the pod fails, and another one takes its
   * place.
   *
   * @default Duration.minutes(5)
   * @example agentPatience: Duration.minutes(30)
   */
  readonly agentPatience?: Duration;

  /**
   * Whether the containers of the pod see each other's processes (`shareProcessNamespace`), so that the agent notices at once
   * when the program has ended or was started anew. With `false` only its silence shows that it is gone, so `itemTimeout`
   * must be given. A program that sees the agent and runs as the same user can read its variables, the password of Redis
   * among them.
   *
   * @default true
   * @example shareProcesses: false
   */
  readonly shareProcesses?: boolean;

  /**
   * Requests and limits of the agent. A resource that is not mentioned keeps its default. It holds the payloads and results
   * of `concurrency` items at a time.
   *
   * @default - requests of 50m CPU and 96Mi memory, which stay where only limits are given; a limit of 256Mi memory
   * @example agentResources: { cpu: { limit: Cpu.millis(500) } }
   */
  readonly agentResources?: ContainerResources;
}
