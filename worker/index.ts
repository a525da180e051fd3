import { ownExitOnImport } from './own-exit';

ownExitOnImport();

export * from './library';
