/** What a CronJob does where a run is due, and the last one still runs. */
export enum ConcurrencyPolicy {
  /**
   * The run that is due does not begin beside it. Once the last one has ended, it begins, unless its `startingDeadline` is over
   * by then.
   */
  FORBID = 'Forbid',
  /** Both run side by side, each with a queue of its own. */
  ALLOW = 'Allow',
  /**
   * It deletes the Job that runs, whose workers give back what they hold, and starts the next run. The queue of the deleted one
   * stays as it is.
   */
  REPLACE = 'Replace',
}
