/**
 * What the module takes: its variables, in the order of `variables.tf`, and which expression stands
 * for an open parameter. The module, its README and the instructions are made of the same values.
 *
 * A variable is declared where something in the module refers to it, and nowhere else.
 */
import type { IamBundle } from '../../model/bundle.ts';
import { parametersIn } from '../open-parameters.ts';
import { type HclValue, oneLine } from './hcl.ts';
import { protect, unprotect } from './literal.ts';
import { type NameList, nameListsOf } from './name-lists.ts';
import { uniqueNames, variableName } from './names.ts';
import { type Repetition, repetitionOf } from './repetition.ts';
import {
  commonVariables,
  nameListVariable,
  parameterVariable,
  repetitionVariable,
  type Variable,
} from './variables.ts';

export interface Inputs {
  readonly variables: readonly Variable[];
  readonly repetition?: Repetition;
  readonly nameLists: readonly NameList[];
  /** What a parameter is in the module, as an expression; undefined where it is not open. */
  readonly expressionOf: (parameter: string) => string | undefined;
  /** The parameter that a variable is for, by the variable's name. */
  readonly parameterOf: ReadonlyMap<string, string>;
  /** Open parameters that some string of the module names. */
  readonly used: ReadonlySet<string>;
}

export const PARTITION = 'data.aws_partition.current.partition';
export const ACCOUNT_ID = 'data.aws_caller_identity.current.account_id';

/** What the AWS provider knows and nobody should have to type. */
const FOUND_OUT: ReadonlyMap<string, string> = new Map([
  ['partition', PARTITION],
  ['accountId', ACCOUNT_ID],
]);

const known = new WeakMap<IamBundle, Inputs>();

export function inputsOf(bundle: IamBundle): Inputs {
  const inputs = known.get(bundle) ?? makeInputs(bundle);
  known.set(bundle, inputs);
  return inputs;
}

function makeInputs(bundle: IamBundle): Inputs {
  const repetition = repetitionOf(bundle);
  const used = usedParameters(bundle);
  const repeated = new Map<string, string>(
    repetition === undefined
      ? []
      : [
          [repetition.key.name, 'each.key'],
          ...repetition.attributes.map(({ name }): [string, string] => [
            name,
            `each.value.${variableName(name)}`,
          ]),
        ],
  );
  const plain = bundle.openParameters.filter(
    ({ name }) => used.has(name) && !repeated.has(name) && !FOUND_OUT.has(name),
  );
  const nameLists = nameListsOf(bundle);
  const first = repetition === undefined ? [] : [repetitionVariable(bundle, repetition, nameLists)];
  const last = [...commonVariables(bundle), ...nameLists.map(nameListVariable)];
  const unique = uniqueNames();
  // The module's own variables keep their names beside whatever a spec calls its parameters.
  for (const { name } of [...first, ...last]) unique('variable', name);
  const variables = new Map(
    plain.map((parameter) => [parameter.name, unique('variable', variableName(parameter.name))]),
  );
  return {
    variables: [
      ...first,
      ...plain.map((parameter) =>
        parameterVariable(variables.get(parameter.name) as string, parameter),
      ),
      ...last,
    ],
    ...(repetition === undefined ? {} : { repetition }),
    nameLists,
    expressionOf: (name) => {
      const variable = variables.get(name);
      return (
        repeated.get(name) ??
        FOUND_OUT.get(name) ??
        (variable === undefined ? undefined : `var.${variable}`)
      );
    },
    parameterOf: new Map([...variables].map(([parameter, variable]) => [variable, parameter])),
    used,
  };
}

/** What a caller has to give, with an example in HCL on one line. */
export function requiredInputs(
  bundle: IamBundle,
): readonly { readonly name: string; readonly example: string }[] {
  const inputs = inputsOf(bundle);
  return inputs.variables
    .filter((variable) => variable.default === undefined)
    .map(({ name, type }) => {
      const value = exampleOf(name, inputs);
      // Strings have no quotes in the environment.
      return { name, example: type === 'string' ? unprotect(value as string) : oneLine(value) };
    });
}

/** What to put in place of a variable that has to be given, in `<…>`; text is protected. */
export function exampleOf(name: string, { repetition, parameterOf }: Inputs): HclValue {
  const place = (what: string) => protect(`<${what}>`);
  if (repetition === undefined || name !== repetition.name) {
    return place(parameterOf.get(name) ?? name);
  }
  const { key, attributes } = repetition;
  if (attributes.length === 0) return [place(key.name)];
  return {
    [place(key.name)]: Object.fromEntries(
      attributes.map((each) => [variableName(each.name), place(each.name)]),
    ),
  };
}

/** AWS managed policies are named by ARNs, which hold the partition. */
function usedParameters(bundle: IamBundle): ReadonlySet<string> {
  const { policies, roles, users, existing, partition } = bundle;
  const attached = [...roles, ...users, ...existing].some(
    ({ awsManagedPolicies }) => awsManagedPolicies.length > 0,
  );
  const lists = nameListsOf(bundle).some(({ awsManagedPolicies }) => awsManagedPolicies.length > 0);
  return parametersIn([
    policies.map(({ name, description, document }) => [name, description, document]),
    roles,
    users,
    attached || lists ? [partition] : [],
  ]);
}
