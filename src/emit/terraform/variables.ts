/**
 * The module's variables: types, defaults and validations. Each default is what was given on the
 * command line, so that a plain call gives that; each validation is a rule of AWS, so that a wrong
 * value fails before anything is planned.
 */
import type { IamBundle } from '../../model/bundle.ts';
import {
  NAME_LENGTH,
  NAME_PART_PATTERN,
  NAME_RULE,
  namePattern,
  PATH_PATTERN,
  POLICY_ARN_OUTLINE,
  TAGS,
} from '../../model/limits.ts';
import { type Parameter, wholePattern } from '../../model/parameter.ts';
import { inWords } from '../../text/words.ts';
import type { HclValue } from './hcl.ts';
import { protect } from './literal.ts';
import { listOfEach, type NameList } from './name-lists.ts';
import { boundaryKeys, variableName } from './names.ts';
import { isPortablePattern } from './regex.ts';
import { boundOf, type Repetition, singleBound } from './repetition.ts';

/** A condition is an expression, without `${}`; texts in its quotes are protected (literal.ts). */
export interface Validation {
  readonly condition: string;
  /** A whole sentence, as Terraform's style asks. */
  readonly error: string;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** As it is, not protected; a variable without one has to be given. */
  readonly default?: HclValue;
  readonly validations: readonly Validation[];
}

/** The variable of an open parameter. */
export function parameterVariable(name: string, parameter: Parameter): Variable {
  const { pattern, constraint, maxLength } = parameter;
  return {
    name,
    type: 'string',
    description: parameter.description,
    ...(parameter.default === undefined ? {} : { default: parameter.default }),
    validations: [
      ...(isPortablePattern(pattern)
        ? [
            {
              condition: matches(pattern, `var.${name}`),
              error: `Invalid ${name}: ${sentence(constraint)}`,
            },
          ]
        : []),
      {
        condition: `length(var.${name}) <= ${maxLength}`,
        error: `The value of ${name} must have at most ${maxLength} characters.`,
      },
    ],
  };
}

/** Both in one, of every key or every attribute of a kind. */
function repeatedValidation(
  { pattern, constraint, maxLength }: Parameter,
  label: string,
  value: string,
  each: string,
): Validation {
  const length = `length(${value}) <= ${maxLength}`;
  const isPortable = isPortablePattern(pattern);
  return {
    condition: allTrue(each, isPortable ? `${matches(pattern, value)} && ${length}` : length),
    error: `Invalid ${label}: ${sentence(constraint)}${constraint.includes(`at most ${maxLength} characters`) ? '' : ` At most ${maxLength} characters.`}`,
  };
}

/** The map or set of what policies are repeated for. */
export function repetitionVariable(
  bundle: IamBundle,
  repetition: Repetition,
  nameLists: readonly NameList[],
): Variable {
  const { name, one, key, attributes, policies } = repetition;
  const ownList = listOfEach(nameLists, repetition);
  const keys = attributes.length > 0 ? `keys(var.${name})` : `var.${name}`;
  const fields = [
    ...attributes.map((each) => `${variableName(each.name)} = string`),
    ...(ownList === undefined ? [] : [`${ownList.variable} = optional(set(string))`]),
  ];
  const limits = [
    singleBound(repetition),
    // Attached by the module, whoever calls it; those of existing roles are checked where they are.
    boundOf(bundle, repetition, boundedPrincipals(bundle)),
  ].filter((bound) => bound !== undefined);
  return {
    name,
    type: attributes.length > 0 ? `map(object({ ${fields.join(', ')} }))` : 'set(string)',
    description: [
      `The ${name}, by key: ${sentence(lowerFirst(key.description))}`,
      ...attributes.map(
        (each) => `${variableName(each.name)}: ${sentence(lowerFirst(each.description))}`,
      ),
      ...(ownList === undefined
        ? []
        : [
            `${ownList.variable}: names of existing roles of the ${one}'s own worker nodes; where it is left out, the variable of that name counts.`,
          ]),
    ].join(' '),
    validations: [
      repeatedValidation(key, `key of ${name}`, 'key', `key in ${keys}`),
      {
        condition: `length(distinct([for key in ${keys} : lower(key)])) == length(var.${name})`,
        error: `The keys of ${name} must differ by more than letter case, which IAM does not tell apart in names.`,
      },
      ...attributes.map((each) => {
        const attribute = variableName(each.name);
        const value = `${one}.${attribute}`;
        return repeatedValidation(
          each,
          `${attribute} of a ${one}`,
          value,
          `${one} in values(var.${name})`,
        );
      }),
      ...(ownList === undefined
        ? []
        : [
            {
              condition: allTrue(
                `name in flatten([for ${one} in values(var.${name}) : ${one}.${ownList.variable} == null ? [] : tolist(${one}.${ownList.variable})])`,
                matches(namePattern('role'), 'name'),
              ),
              error: namesError(`${ownList.variable} of a ${one}`, 'role'),
            },
          ]),
      ...([...policies].some(({ groups }) => groups.length > 1)
        ? [
            {
              condition: `length(var.${name}) > 0`,
              error: `Give at least one of ${name}: the same policies also hold permissions that do not depend on it.`,
            },
          ]
        : []),
      ...limits.map(({ most, says }) => ({
        condition: `length(var.${name}) <= ${most}`,
        error: says,
      })),
    ],
  };
}

/** A condition on every element, as `terraform fmt` leaves it. */
function allTrue(each: string, condition: string): string {
  return `alltrue([\n  for ${each} : ${condition}\n])`;
}

/** Principals whose free slots are known before the module is called. */
function boundedPrincipals(bundle: IamBundle): readonly string[] {
  const created = [...bundle.roles, ...bundle.users].map(({ principal }) => principal);
  const named = bundle.existing.map(({ principal }) => principal);
  return bundle.policyType === 'inline' ? [...created, ...named] : created;
}

/** The variables that a module has whatever its parameters are. */
export function commonVariables(bundle: IamBundle): Variable[] {
  const { policies, roles, users } = bundle;
  const made = [...roles, ...users];
  const managed = bundle.policyType === 'managed' ? policies : [];
  const profiles = roles.flatMap(({ instanceProfile }) => instanceProfile ?? []);
  /** What is deployed under a name of its own takes neither prefix nor path. */
  const takesBoth = ({ deployedPath }: { readonly deployedPath?: string }) =>
    deployedPath === undefined;
  return [
    ...([...policies, ...made, ...profiles].some(takesBoth) ? [prefixVariable(bundle)] : []),
    ...([...managed, ...made, ...profiles].some(takesBoth) ? [pathVariable(bundle)] : []),
    ...(made.length > 0 ? [boundariesVariable(bundle)] : []),
    ...(managed.length + made.length > 0 ? [tagsVariable(bundle)] : []),
  ];
}

function prefixVariable({ namePrefix, roles, users }: IamBundle): Variable {
  const kinds = [
    'policy',
    ...(roles.length > 0 ? ['role'] : []),
    ...(users.length > 0 ? ['user'] : []),
    ...(roles.some(({ instanceProfile }) => instanceProfile) ? ['instance profile'] : []),
  ];
  return {
    name: 'name_prefix',
    type: 'string',
    description: `Prefix for the name of every ${inWords(kinds)}.`,
    default: namePrefix.value,
    validations: [
      {
        condition: matches(NAME_PART_PATTERN, 'var.name_prefix'),
        error: `Invalid name_prefix: ${NAME_RULE} are allowed.`,
      },
      {
        condition: `length(var.name_prefix) <= ${namePrefix.maxLength}`,
        error: `The value of name_prefix must have at most ${namePrefix.maxLength} characters, so that every name fits.`,
      },
    ],
  };
}

function pathVariable({ path, longestPath }: IamBundle): Variable {
  return {
    name: 'path',
    type: 'string',
    description: 'IAM path of everything that the module creates.',
    default: path,
    validations: [
      {
        condition: `${matches(PATH_PATTERN, 'var.path')} && length(var.path) <= ${longestPath}`,
        error: `Invalid path: it must begin and end with /, e.g. / or /team/dev/, with letters, digits and . , + @ = _ - between, and have at most ${longestPath} characters.`,
      },
    ],
  };
}

function boundariesVariable(bundle: IamBundle): Variable {
  const { permissionsBoundary, roles, users } = bundle;
  const keys = [...boundaryKeys(bundle).values()];
  const kinds = [...(roles.length > 0 ? ['role'] : []), ...(users.length > 0 ? ['user'] : [])];
  const whom = kinds.map((kind) => `${kind}s`).join(' and ');
  return {
    name: 'permissions_boundaries',
    type: 'map(string)',
    description: `ARNs of managed policies that bound what ${whom} may do, by ${kinds.join(' or ')}: ${keys.join(', ')}.`,
    default:
      permissionsBoundary === undefined
        ? {}
        : Object.fromEntries(keys.map((key) => [key, permissionsBoundary])),
    validations: [
      {
        condition: `length(setsubtract(keys(var.permissions_boundaries), [${keys.map(quoted).join(', ')}])) == 0`,
        error: `The keys of permissions_boundaries must be among ${keys.join(', ')}.`,
      },
      {
        condition: allTrue(
          'arn in values(var.permissions_boundaries)',
          matches(POLICY_ARN_OUTLINE, 'arn'),
        ),
        error:
          'The values of permissions_boundaries must be ARNs of managed policies, e.g. arn:aws:iam::123456789012:policy/Boundary.',
      },
    ],
  };
}

function tagsVariable({ tags }: IamBundle): Variable {
  const { most, character, keyLength, valueLength, reserved } = TAGS;
  const notReserved = `!startswith(lower(key), "${reserved}")`;
  return {
    name: 'tags',
    type: 'map(string)',
    description: 'Tags of everything that the module creates.',
    default: Object.fromEntries(tags),
    validations: [
      { condition: `length(var.tags) <= ${most}`, error: `At most ${most} tags are allowed.` },
      {
        condition: allTrue(
          'key in keys(var.tags)',
          `${matches(`^${character}{1,${keyLength}}$`, 'key')} && ${notReserved}`,
        ),
        error: `A key of tags must have 1 to ${keyLength} letters, digits, spaces and characters of _ . : / = + - @, and not begin with ${reserved}.`,
      },
      {
        condition: allTrue(
          'value in values(var.tags)',
          matches(`^${character}{0,${valueLength}}$`, 'value'),
        ),
        error: `A value of tags must have at most ${valueLength} letters, digits, spaces and characters of _ . : / = + - @.`,
      },
    ],
  };
}

/** Existing roles, users or groups. */
export function nameListVariable({ variable, principals, entity, names }: NameList): Variable {
  const whose = principals.includes('palette')
    ? `${entity}s of Palette's cloud account`
    : `roles of worker nodes (${principals.join(', ')})`;
  return {
    name: variable,
    type: 'set(string)',
    description: `Names of existing ${whose} to attach their policies to.`,
    default: names,
    validations: [
      {
        condition: allTrue(`name in var.${variable}`, matches(namePattern(entity), 'name')),
        error: namesError(variable, entity),
      },
    ],
  };
}

function namesError(label: string, entity: NameList['entity']): string {
  return `The values of ${label} must be names, not ARNs: 1 to ${NAME_LENGTH[entity]} letters, digits and characters of _ + = , . @ -.`;
}

function matches(pattern: string, value: string): string {
  return `can(regex(${quoted(wholePattern(pattern))}, ${value}))`;
}

/** Text in quotes inside of an expression. */
export function quoted(text: string): string {
  return `"${protect(text)}"`;
}

/**
 * The constraint may begin with what a value begins with (`vpc-…`), so its first letter stays as it
 * is.
 */
function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.?!]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function lowerFirst(text: string): string {
  // Not of a name like OpenID.
  return /^[A-Z][a-z]+(?![A-Za-z])/.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}
