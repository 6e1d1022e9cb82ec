/** Laws for every valid combination of features × merge mode, values left open. */
import { suite } from 'uvu';
import { holdFor } from '../support/bundles.ts';
import { sizes } from './permissions.ts';
import { cloudFormation } from './round-trip.ts';
import { terraform } from './terraform.ts';

const laws = suite('laws, values left open');

laws('5: cloudformation is the bundle, in every partition', () =>
  holdFor('open', [cloudFormation]),
);

laws('2: sizes and counts; 5: terraform is the bundle', () =>
  holdFor('module', [sizes(), terraform()]),
);

laws.run();
