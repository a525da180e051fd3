/*
 * Runs the charts in these files, each in its own folder, and prints what each of them threw, as JSON.
 */
const Module = require('node:module');
const { dirname } = require('node:path');
const { inspect } = require('node:util');

const thrown = process.argv.slice(2).map((file) => {
  process.chdir(dirname(file));
  try {
    // As the program that it is.
    Module._load(file, null, true);
    return null;
  } catch (error) {
    return inspect(error);
  }
});
console.log(JSON.stringify(thrown));
