import { playInMemory } from './in-memory';
import { conformanceSuite } from './suite';

describe('the testing kit', () => conformanceSuite(playInMemory));
