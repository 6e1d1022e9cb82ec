// Bundles what the benchmark takes from src/ and test/ into bench/dist/, with source maps for
// profiles.
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

await esbuild.build({
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
  entryPoints: ['packer.mjs', 'shrinker.mjs', '../test/support/evaluator.ts'],
  entryNames: '[name]',
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
