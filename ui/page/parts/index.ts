export { ProgressBar } from './progress-bar';
export { StateBadge } from './state-badge';
