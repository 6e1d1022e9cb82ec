// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are meant literally.
/**
 * Steps for format `iam-json`: one script for the AWS CLI that may run again and again.
 *
 * - What does not exist is created; what exists changes only where it differs. To attach a policy
 *   and to put an inline one is in AWS the same the second time, so those need no check.
 * - A policy gets a version more only where its document is another. AWS keeps five versions of a
 *   policy, so the oldest but for the default makes room.
 *   https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
 * - Documents are compared without indentation and line ends. The CLI prints JSON with the same
 *   line breaks, spaces and key order that the files have, and no string of JSON holds a line end:
 *   nothing but `sed` and `tr` is needed, and documents that differ are never taken for the same.
 * - The script is a subshell in POSIX sh: pasted into a terminal, it stops at the first error and
 *   leaves the terminal open; kept in a file, its exit code is that of the first error.
 */
import { heldPolicies } from '../emit/inline.ts';
import { awsManagedPolicyArn, type IamBundle, type Role, type User } from '../model/bundle.ts';
import { shellWord } from '../text/shell.ts';
import { inWords } from '../text/words.ts';
import { accountLines, attach, attachAwsManaged, policyArn, put } from './aws-cli.ts';
import { code, command, type Step, text } from './step.ts';

const indented = (lines: readonly string[], by: number): string[] =>
  lines.map((line) => ' '.repeat(by) + line);

/** `aws iam …`, or with tags the function that adds them to what takes tags. */
function tagging(bundle: IamBundle): string {
  return bundle.tags.size > 0 ? 'tagged' : 'aws iam';
}

function pathFlags(bundle: IamBundle): readonly string[] {
  return bundle.path === '/' ? [] : [`--path ${shellWord(bundle.path)}`];
}

function boundaryFlags({ permissionsBoundary: arn }: IamBundle): readonly string[] {
  return arn === undefined ? [] : [`--permissions-boundary ${shellWord(arn)}`];
}

/** Tags change after creation too, so they are set each time. */
function taggedFunction(bundle: IamBundle): readonly string[] {
  if (bundle.tags.size === 0) return [];
  const tags = [...bundle.tags].map(([key, value]) => shellWord(`Key=${key},Value=${value}`));
  return [
    '',
    'tagged() {',
    ...indented(command('aws iam "$@"', `--tags ${tags.join(' ')}`), 2),
    '}',
  ];
}

const COMPARING = [
  '',
  '# differs DOCUMENT FILE: whether they do, indentation and line ends aside',
  "flat() { sed 's/^ *//' | tr -d '\\r\\n'; }",
  'differs() { [ "$(printf \'%s\' "$1" | flat)" != "$(flat <"$2")" ]; }',
];

function roleFunction(bundle: IamBundle): readonly string[] {
  const flag = boundaryFlags(bundle);
  return [
    '',
    '# put_role NAME [create-role flags]',
    'put_role() {',
    '  role=$1 file=iam-json/roles/$1.trust.json',
    '  shift',
    '  if trust=$(aws iam get-role --role-name "$role" \\',
    '    --query Role.AssumeRolePolicyDocument --output json 2>/dev/null); then',
    '    if differs "$trust" "$file"; then',
    '      aws iam update-assume-role-policy --role-name "$role" --policy-document "file://$file"',
    '    fi',
    ...(flag.length === 0
      ? []
      : indented(
          command('aws iam put-role-permissions-boundary', '--role-name "$role"', ...flag),
          4,
        )),
    ...(bundle.tags.size === 0 ? [] : ['    tagged tag-role --role-name "$role"']),
    '  else',
    ...indented(
      command(
        `${tagging(bundle)} create-role`,
        '--role-name "$role"',
        '--assume-role-policy-document "file://$file"',
        ...pathFlags(bundle),
        ...flag,
        '"$@"',
      ),
      4,
    ),
    '  fi',
    '}',
  ];
}

function instanceProfileFunction(bundle: IamBundle): readonly string[] {
  return [
    '',
    '# put_instance_profile NAME ROLE',
    'put_instance_profile() {',
    '  if roles=$(aws iam get-instance-profile --instance-profile-name "$1" \\',
    "    --query 'InstanceProfile.Roles[].RoleName' --output text 2>/dev/null); then",
    bundle.tags.size === 0
      ? '    :'
      : '    tagged tag-instance-profile --instance-profile-name "$1"',
    '  else',
    '    roles=',
    ...indented(
      command(
        `${tagging(bundle)} create-instance-profile`,
        '--instance-profile-name "$1"',
        ...pathFlags(bundle),
      ),
      4,
    ),
    '  fi',
    '  if [ "$roles" != "$2" ]; then',
    '    aws iam add-role-to-instance-profile --instance-profile-name "$1" --role-name "$2"',
    '  fi',
    '}',
  ];
}

function policyFunction(bundle: IamBundle): readonly string[] {
  return [
    '',
    '# put_policy ARN DESCRIPTION',
    'put_policy() {',
    '  file=iam-json/${1##*/}.json',
    '  if version=$(aws iam get-policy --policy-arn "$1" \\',
    '    --query Policy.DefaultVersionId --output text 2>/dev/null); then',
    '    document=$(aws iam get-policy-version --policy-arn "$1" --version-id "$version" \\',
    '      --query PolicyVersion.Document --output json)',
    '    if differs "$document" "$file"; then',
    '      # AWS keeps five versions: the oldest makes room.',
    '      oldest=$(aws iam list-policy-versions --policy-arn "$1" --output text --query \\',
    "        'reverse(sort_by(Versions[?!IsDefaultVersion], &CreateDate))[3:].VersionId')",
    '      if [ -n "$oldest" ]; then',
    '        aws iam delete-policy-version --policy-arn "$1" --version-id "$oldest"',
    '      fi',
    '      aws iam create-policy-version --policy-arn "$1" --policy-document "file://$file" \\',
    '        --set-as-default',
    '    fi',
    ...(bundle.tags.size === 0 ? [] : ['    tagged tag-policy --policy-arn "$1"']),
    '  else',
    ...indented(
      command(
        `${tagging(bundle)} create-policy`,
        '--policy-name "${1##*/}"',
        '--policy-document "file://$file"',
        '--description "$2"',
        ...pathFlags(bundle),
      ),
      4,
    ),
    '  fi',
    '}',
  ];
}

function userFunction(bundle: IamBundle): readonly string[] {
  const flag = boundaryFlags(bundle);
  const changes = [
    ...(flag.length === 0
      ? []
      : command('aws iam put-user-permissions-boundary', '--user-name "$1"', ...flag)),
    ...(bundle.tags.size === 0 ? [] : ['tagged tag-user --user-name "$1"']),
  ];
  return [
    '',
    '# put_user NAME',
    'put_user() {',
    '  if aws iam get-user --user-name "$1" >/dev/null 2>&1; then',
    ...indented(changes.length === 0 ? [':'] : changes, 4),
    '  else',
    ...indented(
      command(`${tagging(bundle)} create-user`, '--user-name "$1"', ...pathFlags(bundle), ...flag),
      4,
    ),
    '  fi',
    '}',
  ];
}

function putUser(bundle: IamBundle, { name, awsManagedPolicies }: User): readonly string[] {
  return [
    ...command('put_user', shellWord(name)),
    ...awsManagedPolicies.flatMap((policy) =>
      attach('user', name, shellWord(awsManagedPolicyArn(bundle.partition, policy))),
    ),
  ];
}

function putRole(bundle: IamBundle, role: Role): readonly string[] {
  const { name } = role;
  const description =
    role.description === undefined ? [] : [`--description ${shellWord(role.description)}`];
  return [
    ...command('put_role', shellWord(name), ...description),
    ...role.awsManagedPolicies.flatMap((policy) =>
      attach('role', name, shellWord(awsManagedPolicyArn(bundle.partition, policy))),
    ),
    ...(role.instanceProfile === undefined
      ? []
      : command('put_instance_profile', shellWord(role.instanceProfile.name), shellWord(name))),
  ];
}

/** Inline policies into the roles, users and groups that have a name. */
function putInline(bundle: IamBundle): readonly string[] {
  return heldPolicies(bundle).flatMap(({ policy, holders }) =>
    holders.flatMap((holder) => put(bundle, policy, holder)),
  );
}

function putManaged(bundle: IamBundle): readonly string[] {
  return bundle.policies.flatMap((policy) =>
    command('put_policy', policyArn(bundle, policy), shellWord(policy.description)),
  );
}

function attachManaged(bundle: IamBundle): readonly string[] {
  return bundle.policies.flatMap((policy) => [
    ...bundle.roles
      .filter((role) => policy.attachTo.includes(role.principal))
      .flatMap((role) => attach('role', role.name, policyArn(bundle, policy))),
    ...bundle.users
      .filter((user) => policy.attachTo.includes(user.principal))
      .flatMap((user) => attach('user', user.name, policyArn(bundle, policy))),
    ...bundle.existing
      .filter((existing) => policy.attachTo.includes(existing.principal))
      .flatMap((existing) => attach(existing.entity, existing.name, policyArn(bundle, policy))),
  ]);
}

/** Lines under a comment, with an empty line before them; nothing for nothing. */
function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `# ${title}`, ...lines];
}

export function iamJsonSteps(bundle: IamBundle): readonly Step[] {
  const managed = bundle.policyType === 'managed' && bundle.policies.length > 0;
  const roles = bundle.roles.flatMap((role) => putRole(bundle, role));
  const policies = managed ? putManaged(bundle) : putInline(bundle);
  const attachments = [...(managed ? attachManaged(bundle) : []), ...attachAwsManaged(bundle)];
  const users = bundle.users.flatMap((user) => putUser(bundle, user));
  const made = roles.length + users.length;
  if (made + policies.length + attachments.length === 0) return [];
  const hasProfile = bundle.roles.some((role) => role.instanceProfile !== undefined);
  const what = [
    ...(roles.length > 0 ? ['roles'] : []),
    ...(users.length > 0 ? ['users'] : []),
    ...(policies.length > 0 ? [managed ? 'policies' : 'inline policies'] : []),
  ];
  const title =
    what.length === 0 ? 'Attach the AWS managed policies' : `Create or update the ${inWords(what)}`;
  return [
    {
      title,
      blocks: [
        text(
          'A script for sh and the AWS CLI, to paste or to keep for a pipeline. It creates what is missing and changes what differs, so it may run again after every change; names, paths and descriptions stay as they were created.',
        ),
        code([
          '(',
          'set -eu',
          'export AWS_PAGER=',
          ...(managed ? accountLines(bundle) : []),
          ...(made > 0 || managed ? taggedFunction(bundle) : []),
          ...(roles.length > 0 || managed ? COMPARING : []),
          ...(roles.length > 0 ? roleFunction(bundle) : []),
          ...(users.length > 0 ? userFunction(bundle) : []),
          ...(hasProfile ? instanceProfileFunction(bundle) : []),
          ...(managed ? policyFunction(bundle) : []),
          ...section('Roles', roles),
          ...section('Users', users),
          ...section(managed ? 'Policies' : 'Inline policies', policies),
          ...section('Attachments', attachments),
          ')',
        ]),
      ],
    },
  ];
}
