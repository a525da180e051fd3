import { Argument, type Command, type Option } from 'commander';
import { command, examples, type Runner } from './command';
import { shellWord } from './text';

/** Names under which the command line is installed. */
const PROGRAM_NAMES = ['rwq', 'redis-work-queue', 'cdk8s-redis-work-queue'] as const;
/** Shells that complete it. */
const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What can stand behind the words that lead to a command. */
interface Place {
  /** Words without the program's name, `''` for the program itself. */
  readonly at: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** Options that take a value, those first that take a file. */
  readonly fileOptions: readonly string[];
  readonly valueOptions: readonly string[];
  /** What the arguments may be, where that is a list. */
  readonly choices: readonly string[];
  readonly takesFiles: boolean;
}

interface Word {
  readonly name: string;
  readonly description: string;
}

export function declareCompletion(program: Command, run: Runner): void {
  command(program, 'completion', 'print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'source <(rwq completion bash)                              # in ~/.bashrc',
        'source <(rwq completion zsh)                               # in ~/.zshrc, after compinit',
        'rwq completion fish > ~/.config/fish/completions/rwq.fish',
      ),
    )
    .action((shell) => run(async (context) => context.out(completion(shell, program))));
}

/** A script for a shell, written from the commands themselves. */
function completion(shell: (typeof SHELLS)[number], program: Command): string {
  const places = placesOf(program, '');
  return { bash, zsh, fish }[shell](places);
}

function placesOf(command: Command, at: string): Place[] {
  const options = command.options.filter(({ hidden }) => !hidden);
  const valued = options.filter(({ required, optional }) => required || optional);
  const isFile = (each: Option | Argument) =>
    /^<?\[?(file|worker)/.test('flags' in each ? (/[<[].*/.exec(each.flags)?.[0] ?? '') : each.name());
  const flags = (some: readonly Option[]) =>
    some.flatMap(({ short, long }) => [long, short].flatMap((flag) => flag ?? []));
  const place: Place = {
    at,
    commands: command.commands.map((each) => ({ name: each.name(), description: each.description() })),
    options: [
      ...options.map(({ long, short, description }) => ({ name: (long ?? short) as string, description })),
      { name: '--help', description: 'print this help' },
    ],
    fileOptions: flags(valued.filter(isFile)),
    valueOptions: flags(valued.filter((each) => !isFile(each))),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    takesFiles: command.registeredArguments.some(isFile),
  };
  return [place, ...command.commands.flatMap((each) => placesOf(each, `${at} ${each.name()}`.trim()))];
}

const all = (places: readonly Place[], of: (place: Place) => readonly string[]) => [...new Set(places.flatMap(of))];
const paths = (places: readonly Place[]) => places.map(({ at }) => at).filter(Boolean);

function bash(places: readonly Place[]): string {
  const words = ({ commands, options, choices }: Place) =>
    [...commands, ...options]
      .map(({ name }) => name)
      .concat(choices)
      .join(' ');
  return `# bash completion for rwq
_rwq() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= words= files= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${at:+$at }\${COMP_WORDS[i]}" in
      ${paths(places).map(shellWord).join(' | ')}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case $prev in
    ${all(places, (place) => place.fileOptions).join(' | ')}) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${all(places, (place) => place.valueOptions).join(' | ')}) return ;;
  esac
  case $at in
${places.map((place) => `    ${shellWord(place.at)}) words=${shellWord(words(place))}${place.takesFiles ? ' files=yes' : ''} ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [ "$files" ] && [ "\${cur#-}" = "$cur" ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -F _rwq ${PROGRAM_NAMES.join(' ')}`;
}

function zsh(places: readonly Place[]): string {
  const described = (words: readonly Word[]) =>
    words.map(({ name, description }) => shellWord(`${name.replaceAll(':', '\\:')}:${description}`)).join(' ');
  return `#compdef ${PROGRAM_NAMES.join(' ')}
_rwq() {
  local at= word
  local -a commands options choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in
      ${paths(places).map(shellWord).join(' | ')}) at="\${at:+$at }$word" ;;
    esac
  done
  case $words[CURRENT-1] in
    ${all(places, (place) => place.fileOptions).join(' | ')}) _files; return ;;
    ${all(places, (place) => place.valueOptions).join(' | ')}) return ;;
  esac
  case $at in
${places
  .map(
    (place) =>
      `    ${shellWord(place.at)}) commands=(${described(place.commands)}) options=(${described(place.options)}) choices=(${place.choices.join(' ')})${place.takesFiles ? ' && _files' : ''} ;;`,
  )
  .join('\n')}
  esac
  (( $#commands )) && _describe -t commands command commands
  (( $#choices )) && compadd -- $choices
  [[ $PREFIX == -* ]] && _describe -o -t options option options
  return 0
}
if [ "$funcstack[1]" = _rwq ]; then _rwq "$@"; else compdef _rwq ${PROGRAM_NAMES.join(' ')}; fi`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ at, commands, options, choices, takesFiles, fileOptions, valueOptions }) => {
    const complete = `    complete -c $program -n ${shellWord(`__rwq_at ${shellWord(at).replaceAll("'", '"')}`)}`;
    const takes = (name: string) => (fileOptions.includes(name) ? ' -r -F' : valueOptions.includes(name) ? ' -x' : '');
    return [
      ...(takesFiles ? [] : [`${complete} -f`]),
      ...commands.map(({ name, description }) => `${complete} -a ${name} -d ${shellWord(description)}`),
      ...choices.map((choice) => `${complete} -a ${choice}`),
      ...options.map(
        ({ name, description }) => `${complete} -l ${name.slice(2)}${takes(name)} -d ${shellWord(description)}`,
      ),
    ];
  });
  return `# fish completion for rwq
function __rwq_at
    set -l at
    for word in (commandline -opc)[2..-1]
        if contains -- (string join ' ' -- $at $word) ${paths(places).map(shellWord).join(' ')}
            set at $at $word
        end
    end
    set -l joined (string join ' ' -- $at)
    test "$joined" = "$argv[1]"
end
for program in ${PROGRAM_NAMES.join(' ')}
${lines.join('\n')}
end`;
}
