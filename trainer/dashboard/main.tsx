// Entry of the page.
import { render } from 'preact';
import { App } from './app.js';
import { startLive } from './data/live.js';
import { startRouter } from './router.js';
import { startTheme } from './theme.js';
import './styles/base.css';
import './styles/parts.css';
import './styles/views.css';

startTheme();
startRouter();
startLive();
const root = document.getElementById('app');
if (root) {
  root.replaceChildren();
  render(<App />, root);
}
