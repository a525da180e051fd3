export { AGENT_CONTAINER, agentContainer, programOfAgent, sharesProcesses } from './agent-pod';
export type { AgentProps } from './agent-props';
export { AGENT, AGENT_FOREIGN, checkAgent } from './agent-table';
