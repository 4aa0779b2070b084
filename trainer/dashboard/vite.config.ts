// The page is built once, into dist/dashboard, and served from there: no build is needed to use the package.
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // Everything is a file of its own: the page's content security policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // cytoscape, which is loaded when the graph is looked at, is 430 kB.
    chunkSizeWarningLimit: 600,
  },
});
