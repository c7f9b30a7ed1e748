/** Starts the page. */
import { render } from 'preact';
import { App } from './app.ts';
import { h } from './h.ts';

const root = document.getElementById('page');
if (root !== null) render(h(App, null), root);
