using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary>
/// Says that an option does not exist. The parser takes it for the value of an argument where the verb has one, and a
/// wrong flag was answered by a file that could not be found. A file of such a name is <c>./--name</c>.
/// </summary>
internal static class UnknownOptions
{
    public static void Refuse(Command command)
    {
        foreach (var argument in command.Arguments)
        {
            argument.Validators.Add(result =>
            {
                foreach (var token in result.Tokens.Where(
                    token => token.Value.Length > 2 && token.Value.StartsWith("--", StringComparison.Ordinal)))
                {
                    result.AddError($"There is no option {token.Value} here.");
                }
            });
        }

        foreach (var verb in command.Subcommands)
            Refuse(verb);
    }
}
