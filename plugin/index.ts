// Entry of plugin.wasm: the proxy-wasm exports, nothing else.
import './host/abort';
export * from './host/filter';
