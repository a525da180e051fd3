import { ownExitOnImport } from './exit';

ownExitOnImport();

export * from './library';
