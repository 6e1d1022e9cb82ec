/** `gen features` and `gen groups`: what there is to choose from, and where it comes from. */
import type { Colors } from 'picocolors/types.js';
import { render } from '../../model/parameter.ts';
import { toPolicyJson } from '../../model/policy.ts';
import {
  type Amendment,
  type Feature,
  type FeatureLink,
  NODE_PRINCIPALS,
  type RequirementGroup,
  type Spec,
} from '../../model/requirement.ts';
import { terminalLine, terminalSentence } from '../../text/terminal.ts';
import { formatTable, hang } from './table.ts';

export interface ListedFeature {
  readonly id: string;
  readonly base: boolean;
  /** Who needs it. */
  readonly section: string;
  readonly description: string;
  readonly groups: readonly string[];
  /** In words, e.g. `requires core or eks-dynamic or eks-static`. */
  readonly rules: readonly string[];
}

export interface ListedGroup {
  readonly id: string;
  readonly policyName: string;
  /** Whether the source names the policy so; else the name is ours. */
  readonly nameDocumented: boolean;
  readonly description: string;
  /** Of the minified document with the documentation's placeholders as values, lists of one shortened. */
  readonly characters: number;
  readonly attachTo: readonly string[];
  readonly document?: string;
  readonly section?: string;
  readonly lastUpdate?: string;
  readonly url?: string;
  /** Upstream changes later than the documented revision; `--as-of` applies them. */
  readonly pendingAmendments: readonly { date: string; says: string; source: string }[];
  readonly errata: readonly string[];
}

/** Features in the spec's order. */
export function listFeatures(spec: Spec): readonly ListedFeature[] {
  return [...spec.features.values()].map((feature) => ({
    id: feature.id,
    base: feature.base,
    section: feature.section ?? 'Other features',
    description: feature.description,
    groups: feature.groups,
    rules: rulesOf(feature, spec),
  }));
}

function rulesOf(feature: Feature, { parameters }: Pick<Spec, 'parameters'>): readonly string[] {
  const standard = new Map([...parameters].map(([name, each]) => [name, each.default ?? name]));
  return [
    ...feature.requires.map(({ anyOf }) => `requires ${anyOf.join(' or ')}`),
    ...linkRules('implies', feature.implies),
    ...linkRules('excludes', feature.excludes),
    ...(feature.replaces.length > 0
      ? [`replaces ${feature.replaces.join(', ')} on every role created`]
      : []),
    ...feature.awsManagedPolicies.map(
      ({ policy, attachTo }) =>
        `attaches ${render(policy, standard)} to ${attachTo.map(principalText).join(', ')}`,
    ),
    ...(feature.redundantWith.length > 0
      ? [`adds nothing beside ${feature.redundantWith.join(', ')}`]
      : []),
  ];
}

/** One rule for all features that are named under the same circumstances. */
function linkRules(verb: string, links: readonly FeatureLink[]): readonly string[] {
  const byCircumstance = new Map<string, string[]>();
  for (const { feature, with: beside, unless } of links) {
    const circumstance = [
      beside === undefined ? '' : ` beside ${beside.join(' or ')}`,
      unless === undefined ? '' : ` unless ${unless.join(' or ')} is named`,
    ].join('');
    byCircumstance.set(circumstance, [...(byCircumstance.get(circumstance) ?? []), feature]);
  }
  return [...byCircumstance].map(
    ([circumstance, features]) => `${verb} ${features.join(', ')}${circumstance}`,
  );
}

const STAND_INS = new Map([[NODE_PRINCIPALS, 'the node roles']]);

function principalText(id: string): string {
  return STAND_INS.get(id) ?? id;
}

/** Requirement groups in the spec's order. */
export function listGroups(spec: Spec): readonly ListedGroup[] {
  const asDocumented = new Map(
    [...spec.parameters.values()].map((parameter) => [
      parameter.name,
      parameter.default ?? parameter.documentedAs ?? `{{${parameter.name}}}`,
    ]),
  );
  return [...spec.groups.values()].map((group) => ({
    id: group.id,
    policyName: group.policyName,
    nameDocumented: group.nameDocumented,
    description: group.description,
    characters: charactersOf(group, asDocumented),
    attachTo: group.attachTo,
    ...group.source,
    pendingAmendments: group.amendments
      .filter(({ date }) => group.source === undefined || date > group.source.lastUpdate)
      .map((amendment) => ({
        date: amendment.date,
        says: amendmentText(amendment),
        source: amendment.source,
      })),
    errata: group.errata.map(({ statement, actions, says }) =>
      [
        statement === undefined ? '' : `statement ${statement}: `,
        actions === undefined ? '' : `${actions.join(', ')}: `,
        says,
      ].join(''),
    ),
  }));
}

function charactersOf(group: RequirementGroup, values: ReadonlyMap<string, string>): number {
  const json = toPolicyJson({ Version: '2012-10-17', Statement: group.statements });
  return render(JSON.stringify(json), values).length;
}

function amendmentText(amendment: Amendment): string {
  const { addTo, actions, newStatement } = amendment;
  if (newStatement === undefined) {
    return `adds ${(actions ?? []).join(', ')} to statement ${addTo}`;
  }
  const what = (newStatement.Action ?? newStatement.NotAction ?? []).join(', ');
  const where = (newStatement.Resource ?? newStatement.NotResource ?? []).join(', ');
  return `adds a statement: ${newStatement.Effect} ${what} on ${where}`;
}

/** A table for each section; sections in the order of their first feature. */
export function formatFeatures(
  features: readonly ListedFeature[],
  colors: Colors,
  width: number,
): string {
  const sections = [...new Set(features.map(({ section: name }) => name))];
  const longest = Math.max(...features.map(({ id }) => id.length));
  return sections
    .map((name) => {
      const own = features.filter((feature) => feature.section === name);
      const lines = own.map(({ id, description, rules }) =>
        featureLines(id.padEnd(longest), [description, ...rules], colors, width),
      );
      return `${colors.bold(`${terminalLine(name)}:`)}\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

/** The description beside the id, and a line for each rule below it. */
function featureLines(
  id: string,
  [description = '', ...rules]: readonly string[],
  colors: Colors,
  width: number,
): string {
  const indent = ' '.repeat(id.length + 2);
  const first = hang(indent, terminalSentence(description), width).slice(indent.length);
  return [
    `${colors.cyan(id)}  ${first}`,
    ...rules.map((rule) => hang(`${indent}- `, terminalSentence(rule), width)),
  ].join('\n');
}

export function formatGroups(
  groups: readonly ListedGroup[],
  colors: Colors,
  width: number,
): string {
  const table = formatTable(
    [
      { title: 'Group', fixed: true },
      { title: 'Policy' },
      { title: 'Characters', fixed: true, align: 'right' },
      { title: 'Attach to' },
      { title: 'Section' },
      { title: 'Date', fixed: true },
    ],
    groups.map((group) => [
      { text: group.id, paint: colors.cyan },
      { text: group.nameDocumented ? group.policyName : `${group.policyName} *` },
      { text: String(group.characters) },
      { text: group.attachTo.map(principalText).join(', ') },
      { text: group.section ?? '' },
      { text: group.lastUpdate ?? '' },
    ]),
    width,
    colors.bold,
  );
  const sections = [
    table,
    groups.some((group) => !group.nameDocumented)
      ? '* The source gives no name; this one is ours.'
      : '',
    sources(groups, colors, width),
    section(
      'Pending amendments (upstream, later than the documented revision; --as-of applies them)',
      groups.map((group) => [
        group.id,
        group.pendingAmendments.map(({ date, says, source }) => `${date}  ${says} [${source}]`),
      ]),
      colors,
      width,
    ),
    section(
      'Errata (known faults of the sources; kept as documented)',
      groups.map((group) => [group.id, group.errata]),
      colors,
      width,
    ),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function sources(groups: readonly ListedGroup[], colors: Colors, width: number): string {
  const byDocument = new Map<string, string[]>();
  for (const { document, id } of groups) {
    if (document !== undefined) byDocument.set(document, [...(byDocument.get(document) ?? []), id]);
  }
  const urls = new Map(groups.map(({ document, url }) => [document, url]));
  return section(
    'Sources',
    [...byDocument].map(([document, ids]) => {
      const url = urls.get(document);
      return [document, [...(url === undefined ? [] : [url]), ids.join(', ')]];
    }),
    colors,
    width,
  );
}

function section(
  title: string,
  entries: readonly (readonly [id: string, texts: readonly string[]])[],
  colors: Colors,
  width: number,
): string {
  const filled = entries.filter(([, texts]) => texts.length > 0);
  if (filled.length === 0) return '';
  return [
    colors.bold(title),
    ...filled.flatMap(([id, texts]) => [
      `  ${colors.cyan(terminalSentence(id))}`,
      ...texts.map((text) => hang('    - ', terminalSentence(text), width)),
    ]),
  ].join('\n');
}
