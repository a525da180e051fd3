/* Taken in by `node --require`: an incarnation comes to its last position soon. */
require('../../build/worker/lease/shared-hand').LAST_POSITION = 20;
