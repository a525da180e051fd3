/** How workers and fillers write their lines. */
export enum LogFormat {
  /** One JSON object a line, for what collects the logs of a cluster. */
  JSON = 'json',
  /** Text, for people. */
  TEXT = 'text',
}
