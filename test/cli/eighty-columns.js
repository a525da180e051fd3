// For node --require: a standard output that is as wide as a terminal usually is.
process.stdout.columns = 80;
