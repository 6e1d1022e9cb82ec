/**
 * Meaning: does what a spec says hold together? Looks only at entries whose shape is right;
 * `shape.ts` has seen to that. Names may be defined anywhere in the built-in spec or an overlay.
 */
import type { Problem } from '../model/errors.ts';
import { didYouMean } from '../model/nearest.ts';
import { parsePieces } from '../model/parameter.ts';
import { CNI_PRINCIPALS, NODE_PRINCIPALS } from '../model/requirement.ts';
import { resourceFault } from '../model/resource.ts';
import { matchesWhole, patternFault } from '../model/value-pattern.ts';
import { byDate } from './amend.ts';
import { cloudFormationFunction, isCloudFormationFunction } from './cloudformation-functions.ts';
import {
  bareOperator,
  CONDITION_OPERATORS,
  isConditionOperator,
  operatorName,
} from './operators.ts';
import type {
  RawFeature,
  RawGroup,
  RawParameter,
  RawPrincipal,
  RawQuotas,
  RawRole,
  RawStatement,
  RawTrust,
} from './raw.ts';
import { rolesOf, trustsOf } from './roles.ts';
import { checkLength, checkName, checkPolicyCharacters, checkRoleDescription } from './text.ts';
import { checkTrusted, trustStatements } from './trust.ts';
import { pathText, type YamlFile, type YamlPath } from './yaml-file.ts';

export type NameKind = 'group' | 'feature' | 'principal' | 'parameter';

/** Every name defined anywhere; undefined where a file is too broken to tell. */
export type KnownNames = Readonly<Record<NameKind, ReadonlySet<string> | undefined>> & {
  /** Whether a parameter's value may hold a character; true where that is not known. */
  readonly mayHold: (parameter: string, character: string) => boolean;
  /** Characters that AWS allows in a description; undefined where no quotas.yaml can be read. */
  readonly longestDescription?: number | undefined;
};

function fault({
  file,
  path,
  code,
  message,
  advice,
}: {
  readonly file: YamlFile;
  readonly path: YamlPath;
  readonly code: string;
  readonly message: string;
  readonly advice?: string | undefined;
}): Problem {
  const place = file.placeOf(path);
  return {
    code,
    message,
    ...(advice === undefined ? {} : { advice }),
    place,
    path: pathText(path),
  };
}

function checkNames({
  file,
  path,
  names,
  kind,
  known,
  also = [],
}: {
  readonly file: YamlFile;
  readonly path: YamlPath;
  readonly names: readonly string[] | undefined;
  readonly kind: NameKind;
  readonly known: KnownNames;
  readonly also?: readonly string[];
}): readonly Problem[] {
  const defined = known[kind];
  if (names === undefined || defined === undefined) return [];
  const allowed = new Set([...defined, ...also]);
  return names.flatMap((name, index) =>
    allowed.has(name)
      ? []
      : [unknownName({ file, path: [...path, index], name, kind, allowed: [...allowed] })],
  );
}

function unknownName({
  file,
  path,
  name,
  kind,
  allowed,
}: {
  readonly file: YamlFile;
  readonly path: YamlPath;
  readonly name: string;
  readonly kind: NameKind;
  readonly allowed: readonly string[];
}): Problem {
  const message = `There is no ${kind} ${JSON.stringify(name)}.`;
  return fault({ file, path, code: `unknown-${kind}`, message, advice: didYouMean(name, allowed) });
}

export function checkGroup(file: YamlFile, group: RawGroup, known: KnownNames): readonly Problem[] {
  return [
    ...checkName(file, group.policyName, ['policyName']),
    ...checkLength(file, group.description, ['description'], known.longestDescription),
    ...checkNames({
      file,
      path: ['attachTo'],
      names: group.attachTo,
      kind: 'principal',
      known,
      also: [NODE_PRINCIPALS, CNI_PRINCIPALS],
    }),
    ...checkSids(file, [
      ...group.statements.map((one, i) => [['statements', i, 'Sid'], one.Sid] as const),
      ...(group.amendments ?? []).map(
        (one, i) => [['amendments', i, 'newStatement', 'Sid'], one.newStatement?.Sid] as const,
      ),
    ]),
    ...statementsOf(group).flatMap(([path, statement]) => [
      ...checkOperators(file, [...path, 'Condition'], statement.Condition),
      ...checkResources(file, path, statement, known),
    ]),
    ...checkAmendments(file, group),
    ...(group.errata ?? []).flatMap((erratum, index) =>
      erratum.statement === undefined || erratum.statement < group.statements.length
        ? []
        : [
            noSuchStatement(
              file,
              ['errata', index, 'statement'],
              erratum.statement,
              group.statements.length,
            ),
          ],
    ),
  ];
}

function noSuchStatement(
  file: YamlFile,
  path: YamlPath,
  statement: number,
  count: number,
): Problem {
  const message = `There is no statement ${statement} here.`;
  const advice = `Statements are counted from 0; the last one is ${count - 1}.`;
  return fault({ file, path, code: 'no-such-statement', message, advice });
}

/** The statements of a group, those that amendments bring included, each with the way to it. */
function statementsOf(group: RawGroup): readonly (readonly [YamlPath, RawStatement])[] {
  return [
    ...group.statements.map((one, i) => [['statements', i], one] as const),
    ...(group.amendments ?? []).flatMap(({ newStatement }, i) =>
      newStatement === undefined
        ? []
        : [[['amendments', i, 'newStatement'], newStatement] as const],
    ),
  ];
}

/** AWS takes ARNs and `*`. */
function checkResources(
  file: YamlFile,
  path: YamlPath,
  statement: RawStatement,
  known: KnownNames,
): readonly Problem[] {
  return (['Resource', 'NotResource'] as const).flatMap((key) => {
    const resources: unknown = statement[key];
    return [resources].flat().flatMap((resource, index) => {
      if (typeof resource !== 'string' || resource === '' || hasLooseBraces(resource)) return [];
      const wrong = resourceFault(resource, known.mayHold);
      if (wrong === undefined) return [];
      const here = [...path, key, ...(Array.isArray(resources) ? [index] : [])];
      const message = `IAM refuses the resource ${JSON.stringify(resource)}: ${wrong.why}.`;
      return [
        fault({ file, path: here, code: 'malformed-resource', message, advice: wrong.advice }),
      ];
    });
  });
}

/** For parameters that are written wrongly, which is reported elsewhere. */
function hasLooseBraces(text: string): boolean {
  return parsePieces(text).some((piece) => piece.kind === 'text' && /\{\{|\}\}/.test(piece.text));
}

/** Sids are unique in their document. */
function checkSids(
  file: YamlFile,
  places: readonly (readonly [YamlPath, unknown])[],
): readonly Problem[] {
  const first = new Map<string, YamlPath>();
  return places.flatMap(([path, sid]) => {
    if (typeof sid !== 'string' || sid === '') return [];
    const other = first.get(sid);
    if (other === undefined) {
      first.set(sid, path);
      return [];
    }
    const message = `The Sid ${JSON.stringify(sid)} is already used at ${pathText(other)}.`;
    return [
      fault({
        file,
        path,
        code: 'duplicate-sid',
        message,
        advice: 'Give each statement its own Sid.',
      }),
    ];
  });
}

/** Condition keys that are one once {{ x }} is read as {{x}}; one of the two would be lost. */
function repeatedKeys(file: YamlFile, path: YamlPath, block: object): readonly Problem[] {
  return Object.entries(block).flatMap(([operator, keys]) => {
    const seen = new Map<string, string>();
    return Object.keys(typeof keys === 'object' && keys !== null ? keys : {}).flatMap((key) => {
      const same = key.replace(/\{\{\s*|\s*\}\}/g, (braces) => braces.trim());
      const other = seen.get(same);
      seen.set(same, key);
      if (other === undefined) return [];
      const where = [...path, operator, key];
      const message = `The condition key ${JSON.stringify(key)} is already there as ${JSON.stringify(other)}.`;
      const place = file.placeOfKey(where);
      return [{ code: 'duplicate-key', message, place, path: pathText(where) }];
    });
  });
}

/** AWS refuses a policy with an operator that it does not know. */
function checkOperators(file: YamlFile, path: YamlPath, block: unknown): readonly Problem[] {
  if (!isMap(block)) return [];
  const nulls = Object.keys(block).filter((operator) => operatorName(operator) === 'Null');
  return [
    ...repeatedKeys(file, path, block),
    ...nulls.slice(1).map((operator) => ({
      code: 'duplicate-key',
      message: `The operator Null appears twice, as ${nulls.join(' and as ')}.`,
      advice: 'Write it once, with all of its condition keys.',
      place: file.placeOfKey([...path, operator]),
      path: pathText([...path, operator]),
    })),
    ...Object.keys(block)
      .filter((operator) => !operator.includes('{{') && !isConditionOperator(operator))
      .map((operator) => ({
        ...(isCloudFormationFunction(operator)
          ? cloudFormationFunction(operator)
          : {
              code: 'unknown-operator',
              message: `IAM has no condition operator ${JSON.stringify(operator)}.`,
              advice:
                didYouMean(bareOperator(operator), CONDITION_OPERATORS) ??
                'See the IAM User Guide.',
            }),
        place: file.placeOfKey([...path, operator]),
        path: pathText([...path, operator]),
      })),
    ...Object.entries(block).flatMap(([operator, keys]) =>
      Object.keys(isMap(keys) ? keys : {})
        .filter(isCloudFormationFunction)
        .map((key) => ({
          ...cloudFormationFunction(key),
          place: file.placeOfKey([...path, operator, key]),
          path: pathText([...path, operator, key]),
        })),
    ),
  ];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An amendment may add to a documented statement or to one that an earlier amendment brought. */
function checkAmendments(file: YamlFile, group: RawGroup): readonly Problem[] {
  const amendments = group.amendments ?? [];
  const statements = [...group.statements];
  const problems: Problem[] = [];
  for (const amendment of byDate(amendments)) {
    if (amendment.newStatement !== undefined) statements.push(amendment.newStatement);
    if (amendment.addTo === undefined) continue;
    const path = ['amendments', amendments.indexOf(amendment), 'addTo'];
    const target = statements[amendment.addTo];
    if (target === undefined) {
      problems.push(noSuchStatement(file, path, amendment.addTo, statements.length));
    } else if (target.Action === undefined) {
      const message = `Statement ${amendment.addTo} has no Action to add to.`;
      problems.push(
        fault({ file, path, code: 'no-actions-there', message, advice: 'Use newStatement.' }),
      );
    }
  }
  return problems;
}

export function checkFeature(
  file: YamlFile,
  id: string,
  feature: RawFeature,
  known: KnownNames,
): readonly Problem[] {
  const features = (path: YamlPath, names: readonly string[] | undefined) =>
    checkNames({ file, path: [id, ...path], names, kind: 'feature', known });

  /** One link: the id itself, or a map with the id under `key`. */
  const links = (key: 'requires' | 'excludes' | 'implies') =>
    (feature[key] ?? []).flatMap((link, index) => {
      if (typeof link === 'string') return one([key, index], link);
      if ('anyOf' in link) return features([key, index, 'anyOf'], link.anyOf);
      return [
        ...one([key, index, 'feature'], link.feature),
        ...features([key, index, 'with'], link.with),
        ...features([key, index, 'unless'], link.unless),
      ];
    });
  const one = (path: YamlPath, name: string): readonly Problem[] =>
    known.feature === undefined || known.feature.has(name)
      ? []
      : [
          unknownName({
            file,
            path: [id, ...path],
            name,
            kind: 'feature',
            allowed: [...known.feature],
          }),
        ];

  return [
    ...checkNames({ file, path: [id, 'groups'], names: feature.groups, kind: 'group', known }),
    ...links('requires'),
    ...links('excludes'),
    ...links('implies'),
    ...(feature.awsManagedPolicies ?? []).flatMap((use, index) =>
      checkNames({
        file,
        path: [id, 'awsManagedPolicies', index, 'attachTo'],
        names: use.attachTo,
        kind: 'principal',
        known,
        also: [NODE_PRINCIPALS, CNI_PRINCIPALS],
      }),
    ),
    ...features(['redundantWith'], feature.redundantWith),
    ...(feature.advice ?? []).flatMap((advice, index) => [
      ...features(['advice', index, 'with'], advice.with),
      ...features(['advice', index, 'unless'], advice.unless),
    ]),
  ];
}

export function checkPrincipal(
  file: YamlFile,
  id: string,
  principal: RawPrincipal,
  known: KnownNames,
): readonly Problem[] {
  const { createdWith, role, existing, workload } = principal;
  const problems: Problem[] = [];
  if (id === NODE_PRINCIPALS || id === CNI_PRINCIPALS) {
    const message = `${id} is a name for several principals and cannot be one itself.`;
    const place = file.placeOfKey([id]);
    const advice =
      id === NODE_PRINCIPALS
        ? 'Choose another id, with node: true.'
        : 'Choose another id, or change vpc-cni.';
    problems.push({ code: 'reserved-id', message, advice, place, path: id });
  }
  if (createdWith !== undefined && known.feature !== undefined && !known.feature.has(createdWith)) {
    const path = [id, 'createdWith'];
    problems.push(
      unknownName({ file, path, name: createdWith, kind: 'feature', allowed: [...known.feature] }),
    );
  }
  if (role !== undefined && createdWith === undefined && workload === undefined) {
    const message = 'A role needs something that creates it.';
    const advice = 'Name the feature with createdWith, or the service account with workload.';
    const place = file.placeOfKey([id, 'role']);
    problems.push({ code: 'missing-key', message, advice, place, path: `${id}.role` });
  }
  const isWorkloadRole = (path: YamlPath): boolean => workload !== undefined && path[1] === 'role';
  return [
    ...problems,
    ...(principal.created ?? []).flatMap((each, index) =>
      checkCreation(file, [id, 'created', index], each, known),
    ),
    ...rolesOf(id, principal).flatMap(({ role: each, path }) =>
      checkRole(file, path, each, { known, isWorkloadRole: isWorkloadRole(path) }),
    ),
    ...checkNames({
      file,
      path: [id, 'existing', 'with'],
      names: existing?.with,
      kind: 'feature',
      known,
    }),
  ];
}

function checkCreation(
  file: YamlFile,
  path: YamlPath,
  creation: NonNullable<RawPrincipal['created']>[number],
  known: KnownNames,
): readonly Problem[] {
  const { with: feature, role, user } = creation ?? {};
  const message = 'What is created is either a role or a user.';
  return [
    ...checkNames({
      file,
      path: [...path, 'with'],
      names: typeof feature === 'string' ? [feature] : undefined,
      kind: 'feature',
      known,
    }),
    ...(role === undefined && user === undefined
      ? [fault({ file, path, code: 'missing-key', message, advice: 'Add role: or user:.' })]
      : []),
    ...(role !== undefined && user !== undefined
      ? [
          fault({
            file,
            path: [...path, 'user'],
            code: 'conflicting-keys',
            message,
            advice: 'Leave one of the two out.',
          }),
        ]
      : []),
    ...checkName(file, user?.name, [...path, 'user', 'name']),
  ];
}

function checkRole(
  file: YamlFile,
  path: YamlPath,
  role: RawRole,
  { known, isWorkloadRole }: { readonly known: KnownNames; readonly isWorkloadRole: boolean },
): readonly Problem[] {
  const { name, instanceProfile, description, trust } = role;
  const unwanted =
    isWorkloadRole && (trust !== undefined || role.alsoTrusts !== undefined)
      ? [
          fault({
            file,
            path: [...path, trust === undefined ? 'alsoTrusts' : 'trust'],
            code: 'conflicting-keys',
            message: 'The trust policy of a workload follows from its identity.',
            advice: `Leave ${trust === undefined ? 'alsoTrusts' : 'trust'} out.`,
          }),
        ]
      : [];
  return [
    ...unwanted,
    ...checkName(file, name, [...path, 'name']),
    ...checkName(file, instanceProfile?.name, [...path, 'instanceProfile', 'name']),
    ...checkRoleDescription(file, description, [...path, 'description']),
    ...checkLength(file, description, [...path, 'description'], known.longestDescription),
    ...(isWorkloadRole
      ? []
      : trustsOf(role, path).flatMap(([here, each]) => checkTrust(file, here, each))),
    ...(role.alsoTrusts ?? []).flatMap((each, index) =>
      checkNames({
        file,
        path: [...path, 'alsoTrusts', index, 'with'],
        names: typeof each?.with === 'string' ? [each.with] : undefined,
        kind: 'feature',
        known,
      }),
    ),
  ];
}

/** Shape and names aside, a trust policy is held to what any policy is. */
function checkTrust(file: YamlFile, path: YamlPath, trust: RawTrust): readonly Problem[] {
  const statements = trustStatements(trust).map(
    ([steps, one]) => [[...path, ...steps], one] as const,
  );
  return [
    ...checkPolicyCharacters(file, trust, path),
    ...checkSids(
      file,
      statements.map(([here, { Sid }]) => [[...here, 'Sid'], Sid]),
    ),
    ...statements.flatMap(([here, statement]) => [
      ...checkTrusted(file, here, statement),
      ...checkOperators(file, [...here, 'Condition'], statement.Condition),
    ]),
  ];
}

export function checkParameter(
  file: YamlFile,
  name: string,
  parameter: RawParameter,
  known: KnownNames,
): readonly Problem[] {
  const twin = [...(known.parameter ?? [])].find(
    (other) => other !== name && other.toLowerCase() === name.toLowerCase(),
  );
  if (twin !== undefined) {
    const message = `The parameter ${name} differs from ${twin} in capitals only.`;
    const place = file.placeOfKey([name]);
    const advice = 'IAM and CloudFormation do not tell them apart: choose another name.';
    return [{ code: 'duplicate-parameter', message, advice, place, path: name }];
  }
  const unusable = patternFault(parameter.pattern);
  if (unusable !== undefined) {
    const message = `The pattern cannot be used: ${unusable}.`;
    return [fault({ file, path: [name, 'pattern'], code: 'malformed-value', message })];
  }
  const value = parameter.default;
  if (value === undefined) return [];
  const wrong = (message: string) =>
    fault({
      file,
      path: [name, 'default'],
      code: 'wrong-default',
      message,
      advice: `Allowed: ${parameter.constraint}.`,
    });
  if (value.length > parameter.maxLength) {
    return [wrong(`The default is longer than maxLength ${parameter.maxLength}.`)];
  }
  if (matchesWhole(parameter.pattern, value)) return [];
  return [wrong(`The default ${JSON.stringify(value)} does not match.`)];
}

export function checkQuotas(
  file: YamlFile,
  quotas: RawQuotas,
  known: KnownNames,
): readonly Problem[] {
  const defined = known.principal;
  if (defined === undefined || typeof quotas.principals !== 'object') return [];
  return Object.keys(quotas.principals)
    .filter((id) => !defined.has(id))
    .map((id) => ({
      code: 'unknown-principal',
      message: `There is no principal ${JSON.stringify(id)}.`,
      advice: didYouMean(id, [...defined]) ?? 'Name one of principals.yaml.',
      place: file.placeOfKey(['principals', id]),
      path: pathText(['principals', id]),
    }));
}
