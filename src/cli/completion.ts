import { defineCommand } from "citty";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";

const args = {
  shell: { type: "positional", required: true, description: "bash or zsh" },
} as const;

/** Prints a script for a shell: `source <(isthmus completion bash)`. */
export const completion = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args, 1);
    if (given.shell !== "bash" && given.shell !== "zsh") throw new CliError("completion for bash, or for zsh", 2);
    // What knows this command knows all of them: loaded late, since it loads this file.
    const { commands } = await import("./commands.ts");
    const known: KnownCommand[] = [];
    for (const [name, entry] of commands)
      known.push({ name, words: [...entry.actions, ...(await entry.load()).options, "--help"] });
    process.stdout.write(given.shell === "bash" ? bashScript(known) : zshScript(known));
  },
});

interface KnownCommand {
  readonly name: string;
  /** What may stand after it. */
  readonly words: readonly string[];
}

function bashScript(known: readonly KnownCommand[]): string {
  const cases = known.map(({ name, words }) => `    ${name}) words="${words.join(" ")}" ;;`);
  return `# isthmus: completion for bash; source <(isthmus completion bash)
_isthmus() {
  local words current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
    --config|--password-file|--own-password-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${known.map(({ name }) => name).join(" ")} --help --version"
  else case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _isthmus isthmus
`;
}

function zshScript(known: readonly KnownCommand[]): string {
  const cases = known.map(({ name, words }) => `    ${name}) compadd -- ${words.join(" ")} ;;`);
  return `#compdef isthmus
# isthmus: completion for zsh; source <(isthmus completion zsh)
_isthmus() {
  case "\${words[CURRENT-1]}" in
    --config|--password-file|--own-password-file) _files; return ;;
  esac
  if (( CURRENT == 2 )); then
    compadd -- ${known.map(({ name }) => name).join(" ")} --help --version
    return
  fi
  case "\${words[2]}" in
${cases.join("\n")}
  esac
}
compdef _isthmus isthmus
`;
}
