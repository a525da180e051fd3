/* Preloaded: a monotonic clock that runs twenty times as fast. Timers keep their pace. */
const now = performance.now.bind(performance);
performance.now = () => now() * 20;
