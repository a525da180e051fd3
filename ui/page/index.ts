import { h, render } from 'preact';
import { App } from './app';

render(h(App, {}), document.getElementById('app')!);
