export { JobRules, type JobStep } from './job-rules';
