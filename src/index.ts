export { defineConfig } from './config.ts';
