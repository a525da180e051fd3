export { Chart, type Line } from './chart';
export { Confirm, type Question } from './dialog';
export { Payload } from './payload';
export { ProgressBar } from './progress-bar';
export { StateBadge } from './state-badge';
