import { CLIENTS } from './clients';
import { playInMemory } from './in-memory';
import { conformanceSuite } from './suite';

describe('the testing kit', () => conformanceSuite(CLIENTS.memory, playInMemory));
